package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strings"

	"portico"
	"portico/internal/config"
	"portico/internal/mail"
	"portico/internal/seal"
	"portico/internal/store"
)

// settingsSecret is the name of the secret that holds the settings that serve
// was started with last. They are sealed so that nobody who can only write into
// the database leads the links in mails elsewhere.
const settingsSecret = "settings"

// recordedSettings returns the settings that serve was started with last, by
// the names of their flags. There are none before the first start.
func recordedSettings(ctx context.Context, db *store.DB, keys *seal.Keys) (map[string]string, error) {
	settings, _, err := sealedSettings(ctx, db, keys)
	return settings, err
}

// sealedSettings is recordedSettings, with the sealed value that holds them,
// also beside the error that it cannot be read.
func sealedSettings(ctx context.Context, db *store.DB, keys *seal.Keys) (settings map[string]string, sealed []byte, err error) {
	sealed, err = db.Read(ctx).PortalSecret(settingsSecret)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	plain, err := keys.Open(sealed, settingsSecret, store.PurposePortal)
	if err == nil {
		err = json.Unmarshal(plain, &settings)
	}
	if err != nil {
		return nil, sealed, fmt.Errorf("reading the settings that serve has recorded, which the next start of serve replaces: %w", err)
	}
	return settings, sealed, nil
}

// recorded returns the settings of serve that others may know of.
func (p *Portal) recorded() map[string]string {
	return p.cfg.Recorded(mail.Host(p.cfg.MailServer()))
}

// record records the settings of serve for other commands, in place of those of
// an earlier start. While another node serves with another setting, what was
// recorded stays: this node may have been started by mistake. When all nodes change
// one after the other, the last one to do so records it. Only a start replaces what
// cannot be read: a node that serves may hold an old keyset, and would seal with it.
func (p *Portal) record(ctx context.Context, start bool) error {
	settings := p.recorded()
	for {
		was, sealed, err := sealedSettings(ctx, p.DB, p.Keys)
		if err != nil && sealed == nil || err == nil && maps.Equal(was, settings) {
			return err
		}
		if err != nil && !start {
			return nil // its log says already that it is not ready, and why
		}
		if sealed != nil {
			if differ, err := p.differs(ctx, settings); err != nil || differ {
				return err
			}
		}
		if err != nil {
			p.log.Warn("the settings that were recorded are replaced", "error", err)
		}
		err = p.DB.Update(ctx, portico.CommandLine(), func(tx *store.Tx) error { return p.saveSettings(tx, sealed, settings) })
		if errors.Is(err, store.ErrTaken) || errors.Is(err, store.ErrNotFound) { // another node was faster
			continue
		}
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(was)) {
			if was[name] != settings[name] {
				p.log.Log(ctx, levelOf(name, was[name], settings[name]), "a setting has changed since the last start", "setting", "--"+name, "was", was[name], "is", settings[name])
			}
		}
		return nil
	}
}

// levelOf returns how loudly to log that a setting has changed. It is a warning if
// users lose something: https, or the mails.
func levelOf(name, was, is string) slog.Level {
	lostTLS := name == "base-url" && strings.HasPrefix(was, "https:") && !strings.HasPrefix(is, "https:")
	if lostTLS || name == "smtp" && is == "" {
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// differs reports whether a node that serves has other settings than this one, and
// logs them.
func (p *Portal) differs(ctx context.Context, settings map[string]string) (differ bool, err error) {
	nodes, err := p.DB.Read(ctx).Nodes()
	if err != nil {
		return false, err
	}
	for _, n := range nodes {
		for _, name := range slices.Sorted(maps.Keys(settings)) {
			if theirs, known := n.Settings[name]; known && theirs != settings[name] {
				differ = true
				p.log.Warn("another node serves with another setting, which commands use until all nodes have the same; start all nodes with the same",
					"node", n.Name, "setting", "--"+name, "there", theirs, "here", settings[name])
			}
		}
	}
	return differ, nil
}

// keepsMails returns an error if the setting of the mail server was lost, and mails
// would become files for it: those that wait for the mail server of the last start,
// or those of a node that has one.
func (p *Portal) keepsMails(ctx context.Context) error {
	if p.cfg.MailServer() != "" || p.cfg.SMTP == config.NoMailServer {
		return nil
	}
	const become = "and without it they would become files that nobody receives: give --smtp or --smtp-file as before, or --smtp none if files are meant"
	was, sealed, err := sealedSettings(ctx, p.DB, p.Keys)
	if err != nil && sealed == nil {
		return err
	}
	queue, err := p.DB.Read(ctx).MailQueue(math.MaxInt32)
	if err != nil {
		return err
	}
	if last := was["smtp"]; last != "" && queue.Waiting > 0 {
		return usageError{fmt.Errorf("mails wait for the mail server %s (%d), "+become, last, queue.Waiting)}
	}
	nodes, err := p.DB.Read(ctx).Nodes()
	if err != nil {
		return err
	}
	for _, n := range nodes {
		if server := n.Settings["smtp"]; server != "" {
			return usageError{fmt.Errorf("the node %s sends mails through the mail server %s, "+become, n.Name, server)}
		}
	}
	return nil
}

// saveSettings replaces the sealed settings was, or makes the first ones. It
// returns store.ErrNotFound or store.ErrTaken if there are others meanwhile.
func (p *Portal) saveSettings(tx *store.Tx, was []byte, settings map[string]string) error {
	plain, err := json.Marshal(settings)
	if err != nil {
		return fmt.Errorf("writing the settings: %w", err)
	}
	sealed, err := p.Keys.Seal(plain, settingsSecret, store.PurposePortal)
	if err != nil {
		return err
	}
	if was == nil {
		return tx.CreatePortalSecret(settingsSecret, sealed)
	}
	return tx.SavePortalSecret(settingsSecret, was, sealed)
}

// take returns the settings of a command with those that serve has recorded in
// place of those that were not given. It returns a usageError if another one was
// given. noServer reports that no mail server is known.
func take(cfg config.Config, recorded map[string]string) (taken config.Config, noServer bool, err error) {
	given := mail.Host(cfg.MailServer())
	if cfg.SMTP == config.NoMailServer {
		given = config.NoMailServer
	}
	taken, err = cfg.TakeRecorded(recorded, given)
	if err != nil {
		return cfg, false, usageError{err}
	}
	return taken, taken.MailServer() == "" && recorded["smtp"] == "", nil
}

// queueing is the Sender of commands that leave sending to serve. Without the
// settings of serve, they would send mails elsewhere.
type queueing struct{}

// Send refuses.
func (queueing) Send(context.Context, mail.Message) error {
	return errors.New("only portico serve sends mails")
}

package cli

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"portico/internal/config"
	"portico/internal/locale"
	"portico/internal/web/gallery"
)

type galleryCommand struct {
	config.Listen `embed:""`

	Language string `placeholder:"TAG" help:"Language of the pages, such as de. Default: en. en-XA is English made longer, which shows what is not translated and what does not fit." default:"en"`
}

// Validate is called by kong. It rejects addresses that other machines reach, and
// unknown languages.
func (c galleryCommand) Validate() error {
	if l := locale.Language(c.Language); locale.First(l) != l {
		return fmt.Errorf("--language %s is none of the languages that the portal has, nor %s", c.Language, locale.Pseudo)
	}
	return errors.Join(c.Listen.Validate(), config.Transport{}.Fits(c.Listen, config.Config{}))
}

// Run serves the gallery until ctx ends. No portal is involved.
func (c galleryCommand) Run(env *environment) error {
	h, err := gallery.Handler(locale.Language(c.Language))
	if err != nil {
		return err
	}
	listener, err := listen(env.ctx, "--listen", c.Listen.Listen)
	if err != nil {
		return err
	}
	say(env.stdout, "Every page in every state, with sample data. Press Ctrl-C to stop.\nPortico listens on http://%s\n", listener.Addr())
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-env.ctx.Done()
		_ = server.Close() // no request there is worth waiting for
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

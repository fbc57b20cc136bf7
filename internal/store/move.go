package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Moved says how many rows of a table were moved.
type Moved struct {
	Table string
	Rows  int64
}

// movedName is the name under which the SQLite file is set aside. Nothing opens
// it.
const movedName = fileName + ".moved"

// Move copies every table of the SQLite database into an empty PostgreSQL
// database, in one transaction. The data directory then belongs to that one, and
// the SQLite file is set aside as it is. No other program may have it open,
// because what it wrote meanwhile would be lost. If it returns rows and an error,
// they were moved, and what came afterwards failed.
func Move(ctx context.Context, from, to Place, now func() time.Time) (moved []Moved, err error) {
	path, aside := from.file(), filepath.Join(from.Dir, movedName)
	m, err := from.readMarker()
	if err != nil {
		return nil, err
	}
	if m.Engine == enginePostgres {
		return nil, fmt.Errorf("the portal of %s is in PostgreSQL already; %s says so", from.Dir, from.marker())
	}
	if err := Free(aside); err != nil {
		return nil, err
	}
	if moved, err = moveRows(ctx, from, Place{Dir: from.Dir, URL: to.URL, Progress: to.Progress, Keyset: cmp.Or(to.Keyset, m.Keyset)}, now); err != nil {
		return moved, err
	}
	if err := os.Rename(path, aside); err != nil {
		return moved, fmt.Errorf("setting %s aside, which nothing may open any more: %w", path, err)
	}
	return moved, nil
}

// moveRows is Move without setting the SQLite file aside.
func moveRows(ctx context.Context, from, to Place, now func() time.Time) (moved []Moved, err error) {
	source, err := Attach(ctx, from, now)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	conn, release, err := source.lockExclusively(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, release()) }()
	schema, err := source.schemaIn(ctx, conn)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(schema.Current(), schema.Exact()); err != nil {
		return nil, err
	}
	target, err := moveTarget(ctx, to, now) // whatever the directory belongs to until now
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	if moved, err = target.fillFrom(ctx, source, conn); err != nil {
		return nil, err
	}
	return moved, target.Mark(ctx)
}

// lockExclusively takes the SQLite file for one connection. It leaves WAL mode, which
// fails while another program has the file open, and then locks the file. The
// next program that opens the file sets WAL mode again.
func (db *DB) lockExclusively(ctx context.Context) (conn *sql.Conn, release func() error, err error) {
	if err := db.readers.Close(); err != nil {
		return nil, nil, fmt.Errorf("closing the readers: %w", err)
	}
	if conn, err = db.writer.Conn(ctx); err != nil {
		return nil, nil, fmt.Errorf("opening the database: %w", err)
	}
	var mode string
	for _, pragma := range []string{`PRAGMA busy_timeout=500`, `PRAGMA journal_mode=DELETE`} {
		if err := conn.QueryRowContext(ctx, pragma).Scan(&mode); err != nil {
			return nil, nil, errors.Join(inUse(err), conn.Close())
		}
	}
	if _, err := conn.ExecContext(ctx, `BEGIN EXCLUSIVE`); err != nil {
		return nil, nil, errors.Join(inUse(err), conn.Close())
	}
	return conn, func() error {
		_, err := conn.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`)
		return errors.Join(err, conn.Close())
	}, nil
}

func inUse(err error) error {
	if retryable(err) {
		return errors.New("another program has the database open, and what it writes meanwhile would be lost: stop portico serve first")
	}
	return fmt.Errorf("locking the database: %w", err)
}

// fillFrom copies in one transaction. It holds the migration lock, so that no
// other program can start on the database.
func (db *DB) fillFrom(ctx context.Context, source *DB, from *sql.Conn) (moved []Moved, err error) {
	unlock, err := db.lock(ctx, db)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	conn, err := db.writer.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connecting to the database: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	tx, err := conn.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return nil, fmt.Errorf("beginning a change: %w", err)
	}
	defer rollback(tx)
	m := move{ctx: ctx, place: db.place, from: from, conn: conn, to: &Tx{Reader: Reader{ctx: ctx, q: tx}}}
	if err := m.begin(source, db); err != nil {
		return nil, err
	}
	for _, table := range m.tables {
		n, err := m.copy(table)
		if err != nil {
			return nil, fmt.Errorf("moving %s: %w", table, err)
		}
		moved = append(moved, Moved{table, n})
	}
	if _, err := m.to.exec("measuring the tables", `ANALYZE`); err != nil {
		return nil, err
	}
	if err := tx.Commit(); err != nil {
		return nil, fmt.Errorf("committing: %w", err)
	}
	return moved, nil
}

// move is one run of Move.
type move struct {
	ctx    context.Context
	place  Place // of the target
	rows   int64 // moved so far
	from   *sql.Conn
	conn   *sql.Conn // the connection of the transaction
	to     *Tx
	tables []string // tables that others refer to come first
}

// begin lists the tables and deletes the rows that the migrations put into the
// target. It returns an error if the target has users, events or customers.
func (m *move) begin(source, target *DB) error {
	if _, err := m.to.q.ExecContext(m.ctx, `SELECT set_config('statement_timeout', '0', TRUE), set_config('idle_in_transaction_session_timeout', '0', TRUE)`); err != nil {
		return fmt.Errorf("lifting the limits of time: %w", err)
	}
	tables, err := source.tableNames(m.ctx, m.from)
	if err != nil {
		return err
	}
	there, err := target.tableNames(m.ctx, m.to.q)
	if err != nil {
		return err
	}
	if !slices.Equal(tables, there) {
		return fmt.Errorf("the databases have different tables: %v and %v", tables, there)
	}
	tables = slices.DeleteFunc(tables, func(t string) bool { return t == versionTable })
	if m.tables, err = m.inOrder(tables); err != nil {
		return err
	}
	if err := target.holdsNobody(m.ctx, m.to.q); err != nil {
		return err
	}
	for _, table := range slices.Backward(m.tables) {
		if _, err := m.to.exec("emptying "+table, `DELETE FROM `+quoted(table)); err != nil {
			return err
		}
	}
	return nil
}

// inOrder sorts tables so that each one follows those that it refers to.
func (m *move) inOrder(tables []string) (ordered []string, err error) {
	var visit func(table string, above []string) error
	visit = func(table string, above []string) error {
		if slices.Contains(ordered, table) || slices.Contains(above, table) && table == above[len(above)-1] {
			return nil
		}
		if slices.Contains(above, table) {
			return fmt.Errorf("tables refer to each other in a circle: %v", above)
		}
		parents, err := all(&Reader{ctx: m.ctx, q: m.from}, "finding references", func(row scanner) (string, error) {
			var name string
			return name, row.Scan(&name)
		}, `SELECT DISTINCT "table" FROM pragma_foreign_key_list($1)`, table)
		if err != nil {
			return err
		}
		for _, parent := range parents {
			if err := visit(parent, append(slices.Clone(above), table)); err != nil {
				return err
			}
		}
		ordered = append(ordered, table)
		return nil
	}
	for _, table := range tables {
		if err := visit(table, nil); err != nil {
			return nil, err
		}
	}
	return ordered, nil
}

// column is a column of a table, with its type in PostgreSQL.
type column struct{ name, kind string }

// columns lists the columns of a table. It returns an error if their number
// differs between the databases.
func (m *move) columns(table string) ([]column, error) {
	columns, err := all(&m.to.Reader, "finding columns", func(row scanner) (column, error) {
		var c column
		return c, row.Scan(&c.name, &c.kind)
	}, `SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position`, table)
	if err != nil {
		return nil, err
	}
	var have int
	if err := m.from.QueryRowContext(m.ctx, `SELECT COUNT(*) FROM pragma_table_info($1)`, table).Scan(&have); err != nil {
		return nil, fmt.Errorf("counting columns: %w", err)
	}
	if have != len(columns) {
		return nil, fmt.Errorf("it has %d columns here and %d there", have, len(columns))
	}
	return columns, nil
}

// copy streams one table, and checks that both sides have the same number of
// rows.
func (m *move) copy(table string) (n int64, err error) {
	columns, err := m.columns(table)
	if err != nil {
		return 0, err
	}
	var names, quotedNames []string
	for _, c := range columns {
		names, quotedNames = append(names, c.name), append(quotedNames, quoted(c.name))
	}
	rows, err := m.from.QueryContext(m.ctx, `SELECT `+strings.Join(quotedNames, ", ")+` FROM `+quoted(table)) //nolint:gosec // names of the schema, quoted
	if err != nil {
		return 0, fmt.Errorf("reading: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err below returns what matters
	err = m.conn.Raw(func(c any) error {
		_, err := c.(*stdlib.Conn).Conn().CopyFrom(m.ctx, pgx.Identifier{table}, names, pgx.CopyFromFunc(func() ([]any, error) {
			const some = 1000
			if m.rows++; m.rows%some == 0 {
				m.place.progress(m.rows, 0)
			}
			return next(rows, columns)
		}))
		return errors.Join(err, rows.Err())
	})
	if err != nil {
		return 0, fmt.Errorf("copying: %w", err)
	}
	return m.count(table)
}

// count returns the number of rows of a table. It returns an error if the two
// sides differ.
func (m *move) count(table string) (int64, error) {
	var read, written int64
	err := m.from.QueryRowContext(m.ctx, `SELECT COUNT(*) FROM `+quoted(table)).Scan(&read)
	if err == nil {
		err = m.to.q.QueryRowContext(m.ctx, `SELECT COUNT(*) FROM `+quoted(table)).Scan(&written)
	}
	if err != nil {
		return 0, fmt.Errorf("counting: %w", err)
	}
	if read != written {
		return 0, fmt.Errorf("%d rows were read and %d are there", read, written)
	}
	return written, nil
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// next returns the next row in the types of PostgreSQL, or nil after the last
// one.
func next(rows *sql.Rows, columns []column) ([]any, error) {
	if !rows.Next() {
		return nil, rows.Err()
	}
	values := make([]any, len(columns))
	dest := make([]any, len(columns))
	for i := range values {
		dest[i] = &values[i]
	}
	if err := rows.Scan(dest...); err != nil {
		return nil, err
	}
	for i, c := range columns {
		fitting, ok := convert(values[i], c.kind)
		if !ok {
			return nil, fmt.Errorf("column %s holds %T, and is %s in PostgreSQL", c.name, values[i], c.kind)
		}
		values[i] = fitting
	}
	return values, nil
}

// convert converts a value of SQLite to a type of PostgreSQL. ok is false if the
// value cannot have that type.
func convert(v any, kind string) (fitting any, ok bool) {
	switch v := v.(type) {
	case nil:
		return nil, true
	case int64:
		if kind == "boolean" {
			return v != 0, true
		}
		return v, kind == "bigint"
	case bool:
		return v, kind == "boolean"
	case string:
		return v, kind == "text"
	case []byte:
		if v == nil { // no bytes: the driver returns a nil slice for them, and an untyped nil for NULL
			v = []byte{}
		}
		return v, kind == "bytea"
	}
	return nil, false
}

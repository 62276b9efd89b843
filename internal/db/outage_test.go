package db_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
)

// proxy stands between a node and PostgreSQL and can take the database away.
type proxy struct {
	listener net.Listener
	server   string

	mu      sync.Mutex
	conns   map[net.Conn]bool
	refuses bool
	trap    []byte // the connection dies when the client has sent this
	sprung  int
}

// throughProxy returns a proxy and the address of a fresh database behind it.
func throughProxy(t *testing.T) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(dbtest.DSN(t, db.Postgres))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, server: u.Host, conns: map[net.Conn]bool{}}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { p.serve(c) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); p.away(); all.Wait() })
	u.Host = l.Addr().String()
	return p, u.String()
}

func (p *proxy) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	if !p.track(client) {
		return
	}
	server, err := net.Dial("tcp", p.server)
	if err != nil || !p.track(server) {
		return
	}
	defer func() { _ = server.Close() }()
	go func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil || p.caught(buffer[:n], client, server) {
			return
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// track keeps a connection for away; false when none is wanted.
func (p *proxy) track(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refuses {
		_ = c.Close()
		return false
	}
	p.conns[c] = true
	return true
}

// caught springs the trap: the server still gets what was sent, but its answer
// finds nobody. The client is gone before, for a fast answer would reach it.
func (p *proxy) caught(sent []byte, client, server net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.trap == nil || !bytes.Contains(sent, p.trap) {
		return false
	}
	p.trap = nil
	p.sprung++
	_ = client.Close()
	_, _ = server.Write(sent)
	return true
}

func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
		delete(p.conns, c)
	}
}

func (p *proxy) away() {
	p.mu.Lock()
	p.refuses = true
	p.mu.Unlock()
	p.cut()
}

func (p *proxy) back() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuses = false
}

func TestAnIdleConnectionMayDie(t *testing.T) {
	t.Parallel()
	p, dsn := throughProxy(t)
	d := dbtest.Open(t, db.Config{DSN: dsn})
	counters(t, d, 1)
	for i := range 5 {
		p.cut()
		for name, open := range openings(d) {
			if err := open(countUp(0)); err != nil {
				t.Errorf("%s after cut %d: %v", name, i, err)
			}
		}
		p.cut()
		count(t, d, `SELECT n FROM counter`) // a read is tried again, too
	}
	if n := count(t, d, `SELECT n FROM counter`); n != 10 {
		t.Errorf("counted %d of 10", n)
	}
}

func TestTheDatabaseGoesAwayAndComesBack(t *testing.T) {
	t.Parallel()
	p, dsn := throughProxy(t)
	d := dbtest.Open(t, db.Config{DSN: dsn})
	counters(t, d, 8)
	p.away()
	for name, open := range openings(d) {
		if err := open(countUp(0)); !fault.Is(err, "db.unavailable") || fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s without a database: %v", name, err)
		}
	}
	if err := d.Ping(t.Context()); !fault.Is(err, "db.unavailable") {
		t.Errorf("ping without a database: %v", err)
	}
	p.back()
	for name, open := range openings(d) {
		if err := open(countUp(0)); err != nil {
			t.Errorf("%s after it came back: %v", name, err)
		}
	}
	if err := d.Ping(t.Context()); err != nil {
		t.Errorf("ping after it came back: %v", err)
	}
	if n := count(t, d, `SELECT SUM(n) FROM counter`); n != 2 {
		t.Errorf("counted %d of 2", n)
	}
}

func TestAnUnknownOutcomeIsSaidAndItsNumbersAreNotUsedAgain(t *testing.T) {
	t.Parallel()
	p, dsn := throughProxy(t)
	d := dbtest.Open(t, db.Config{DSN: dsn})
	counters(t, d, 1)
	for name, open := range openings(d) {
		if err := open(countUp(0)); err != nil { // the statements are prepared now
			t.Fatal(err)
		}
		p.mu.Lock()
		// The commit carries the audit record; its kind marks the message.
		p.trap = []byte("fateful")
		p.mu.Unlock()
		err := open(func(tx *db.Tx) error {
			tx.Append(db.Record{Kind: "fateful", Actor: "test"})
			return countUp(0)(tx)
		})
		if !fault.Is(err, "db.outcome_unknown") || fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s: %v", name, err)
		}
		for range 3 {
			if err := open(countUp(0)); err != nil {
				t.Errorf("%s afterwards: %v", name, err)
			}
		}
	}
	if p.sprung != 2 || d.Stats().Unknown != 2 {
		t.Errorf("the trap sprang %d times, %d outcomes were unknown", p.sprung, d.Stats().Unknown)
	}
	// PostgreSQL got the commits whole, so they happened: with their records.
	if n := count(t, d, `SELECT COUNT(*) FROM journal WHERE kind = 'counted'`); n != count(t, d, `SELECT n FROM counter`) {
		t.Errorf("%d records of %d facts", n, count(t, d, `SELECT n FROM counter`))
	}
	checkNumbers(t, d)
}

// TestNothingAcknowledgedIsLost cuts all connections again and again under load.
// A settlement changes two tables: both or none of it must be there.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	t.Parallel()
	p, dsn := throughProxy(t)
	d := dbtest.Open(t, db.Config{DSN: dsn})
	counters(t, d, 16)
	exec(t, d, `CREATE TABLE act (id BIGINT PRIMARY KEY, counter BIGINT NOT NULL)`)
	var acknowledged sync.Map
	var next, refused atomic.Int64
	var all sync.WaitGroup
	done := make(chan struct{})
	for i := range 16 {
		all.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				act := next.Add(1)
				err := d.Settle(context.Background(), key(i), func(tx *db.Tx) error {
					_, err := tx.Exec(`INSERT INTO act (id, counter) VALUES ($1, $2)`, act, i)
					return errors.Join(err, countUp(i)(tx))
				})
				switch {
				case err == nil:
					acknowledged.Store(act, true)
				case fault.KindOf(err) == fault.Unavailable:
					refused.Add(1)
				default:
					t.Error(err)
				}
			}
		})
	}
	for i := range 20 {
		target := next.Load() + 40
		for next.Load() < target {
			_ = d.Ping(t.Context())
		}
		if i%5 == 4 {
			p.away()
			for now := refused.Load(); refused.Load() == now; {
				_ = d.Ping(t.Context())
			}
			p.back()
		} else {
			p.cut()
		}
	}
	close(done)
	all.Wait()
	checkActs(t, d, &acknowledged)
	t.Logf("%d acts, %d refused, %+v", next.Load(), refused.Load(), d.Stats())
}

func checkActs(t *testing.T, d *db.DB, acknowledged *sync.Map) {
	t.Helper()
	there := map[int64]bool{}
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		return tx.Each(`SELECT id FROM act`, nil, func(r db.Row) error {
			var id int64
			err := r.Scan(&id)
			there[id] = true
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	acknowledged.Range(func(act, _ any) bool {
		if !there[act.(int64)] { //nolint:forcetypeassert // ours
			t.Errorf("act %d was acknowledged and is lost", act)
		}
		return true
	})
	// In one statement: a commit whose connection was cut may land at any moment.
	var acts, counted, records int
	if err := d.Read(t.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT (SELECT COUNT(*) FROM act), (SELECT SUM(n) FROM counter), (SELECT COUNT(*) FROM journal WHERE kind = 'counted')`).Scan(&acts, &counted, &records)
	}); err != nil {
		t.Fatal(err)
	}
	if counted != acts || records != acts {
		t.Errorf("%d acts, but counted %d, and %d audit records", acts, counted, records)
	}
	checkNumbers(t, d)
}

func TestAFullDiskIsSaidAndSurvived(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"grouped": 64, "alone": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite), GroupSize: size})
			counters(t, d, 16)
			exec(t, d, `CREATE TABLE act (id BIGINT PRIMARY KEY, counter BIGINT NOT NULL, ballast TEXT NOT NULL)`)
			pages := count(t, d, `SELECT page_count FROM pragma_page_count()`)
			write(t, d, func(tx *db.Tx) error { return db.LimitPages(tx, pages+40) })
			var acknowledged sync.Map
			var all sync.WaitGroup
			var full atomic.Int64
			for i := range 400 {
				all.Go(func() {
					err := d.Settle(context.Background(), key(i), func(tx *db.Tx) error {
						err := countUp(i % 16)(tx)
						if err == nil {
							_, err = tx.Exec(`INSERT INTO act (id, counter, ballast) VALUES ($1, $2, $3)`, i, i%16, strings.Repeat("x", 1000))
						}
						return err
					})
					switch {
					case err == nil:
						acknowledged.Store(int64(i), true)
					case fault.Is(err, "db.full"):
						full.Add(1)
					default:
						t.Error(err)
					}
				})
			}
			all.Wait()
			if full.Load() == 0 {
				t.Error("the disk never was full")
			}
			checkActs(t, d, &acknowledged)
			write(t, d, func(tx *db.Tx) error { return db.LimitPages(tx, 0) })
			if err := d.Settle(t.Context(), key(1), countUp(1)); err != nil {
				t.Errorf("after room was made: %v", err)
			}
			checkNumbers(t, d)
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock()
	for _, dsn := range []string{"", "sqlite:", "sqlite::memory:", "mysql://root@localhost/x", "postgres://u:se%zzcret@h/x"} {
		d, err := db.Open(t.Context(), db.Config{DSN: dsn, Now: clock.Now})
		if err == nil {
			_ = d.Close()
		}
		if fault.KindOf(err) != fault.Invalid || strings.Contains(fmt.Sprint(err), "cret") {
			t.Errorf("%q: %v", dsn, err)
		}
	}
	_, err := db.Open(t.Context(), db.Config{DSN: "sqlite:" + t.TempDir() + "/no/such/dir/x.db", Now: clock.Now})
	if fault.KindOf(err) != fault.Unavailable {
		t.Errorf("a directory that does not exist: %v", err)
	}
	if _, err := db.Open(t.Context(), db.Config{DSN: "sqlite:" + t.TempDir() + "/x.db", Now: clock.Now, GroupSize: -1}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a negative group size: %v", err)
	}
}

package intake_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/intake"
)

var errChanged = errors.New("changed")

// words takes the words of a file in: one that begins with "bad" is refused, "panic"
// breaks the writer.
type words struct {
	text    string
	report  *intake.Report[string]
	refused int
	file    []byte
	begun   bool
	ended   []error
	rows    []string
	lost    int // how often a batch meets somebody else's change
	ready   int // rows that were prepared
	dropped int
}

func (w *words) Prepare(batch []string) { w.ready += len(batch) }

func (w *words) Drop(context.Context) error { w.dropped++; return nil }

func newWords(text string) *words {
	w := &words{text: text}
	w.report = intake.NewReport(func(s string) error { w.rows = append(w.rows, s); return nil })
	return w
}

func (w *words) Read(ctx context.Context, write func([]string) error) error {
	r := intake.NewReader(strings.NewReader(w.text))
	lines := bufio.NewScanner(r)
	feed := intake.Feed[string]{Size: 3, File: r, Together: func(a, b string) bool { return a == b }}
	err := feed.Run(ctx, func() (string, error) {
		if !lines.Scan() {
			return "", io.EOF
		}
		if lines.Text() == "broken" {
			return "", errors.New("the file is broken")
		}
		return lines.Text(), nil
	}, write)
	if err == nil {
		w.file, err = r.Sum()
	}
	return err
}

func (w *words) Look(ctx context.Context) error { return w.Read(ctx, w.Report) }

func (w *words) Begin(*db.Tx) error { w.begun = true; return nil }

func (w *words) Write(tx *db.Tx, batch []string) error {
	if w.lost--; w.lost >= 0 {
		return fmt.Errorf("lost: %w", intake.ErrAgain)
	}
	for _, s := range batch {
		if s == "panic" {
			panic("as told")
		}
		if strings.HasPrefix(s, "bad") {
			continue
		}
		if _, err := tx.Exec("INSERT INTO word (word) VALUES ($1)", s); err != nil {
			return err
		}
	}
	return nil
}

func (w *words) Report(batch []string) error {
	for _, s := range batch {
		if strings.HasPrefix(s, "bad") {
			w.refused++
		}
		if err := w.report.Add(s); err != nil {
			return err
		}
	}
	return nil
}

func (w *words) Whole() error {
	if w.refused > 0 {
		return errors.New("not whole")
	}
	return nil
}

func (w *words) End(_ *db.Tx, cause error) error { w.ended = append(w.ended, cause); return nil }

func each(t *testing.T, f func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec("CREATE TABLE word (word TEXT NOT NULL)"); return err }); err != nil {
			t.Fatal(err)
		}
		f(t, d)
	})
}

func count(t *testing.T, d *db.DB) (n int) {
	t.Helper()
	if err := d.Read(t.Context(), func(tx *db.Tx) error { return tx.Row("SELECT COUNT(*) FROM word").Scan(&n) }); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRowByRow(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		text := "a\nb\nc\nc\nbad\nd\ne\n"
		w := newWords(text)
		if err := intake.RowByRow(t.Context(), d, w); err != nil {
			t.Fatal(err)
		}
		sum, rows := sha256.Sum256([]byte(text)), sha256.New()
		for _, s := range []string{"a", "b", "c", "c", "bad", "d", "e"} {
			_, _ = fmt.Fprintf(rows, "%q\n", s)
		}
		if count(t, d) != 6 || !w.begun || len(w.ended) != 1 || w.ended[0] != nil || hex.EncodeToString(w.file) != hex.EncodeToString(sum[:]) || w.report.Digest() != hex.EncodeToString(rows.Sum(nil)) {
			t.Errorf("%d, %+v", count(t, d), w)
		}
	})
}

// TestBreaksOff: whatever goes wrong, what was reported is there, and the end is noted.
func TestBreaksOff(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		had := 0
		for text, says := range map[string]string{"a\nb\nc\nd\nbroken\ne\n": "the file is broken", "a\nb\nc\nd\npanic\n": "broke off: as told"} {
			w := newWords(text)
			err := intake.RowByRow(t.Context(), d, w)
			if err == nil || !strings.Contains(err.Error(), says) || len(w.ended) != 1 || w.ended[0] == nil {
				t.Errorf("%q: %v, %v", text, err, w.ended)
			}
			now := count(t, d)
			if now-had != len(w.rows) || now-had != 3 {
				t.Errorf("%q: %d are there, and %d were reported", text, now-had, len(w.rows))
			}
			had = now
		}
		ctx, cancel := context.WithCancel(t.Context())
		w := newWords("a\nb\n")
		w.report = intake.NewReport(func(string) error { cancel(); return ctx.Err() })
		if err := intake.RowByRow(ctx, d, w); !errors.Is(err, context.Canceled) || len(w.ended) != 1 {
			t.Errorf("given up: %v, %v", err, w.ended)
		}
	})
}

func TestAllOrNothing(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		var made []*words
		var silent []bool
		run := func(texts ...string) (*words, error) {
			made, silent = nil, nil
			return intake.AllOrNothing[string](t.Context(), d, func(quiet bool) *words {
				w := newWords(texts[min(len(made), len(texts)-1)])
				made, silent = append(made, w), append(silent, quiet)
				return w
			}, errChanged)
		}
		w, err := run("a\nb\nc\nd\n")
		if err != nil || count(t, d) != 4 || len(w.rows) != 4 || !slices.Equal(silent, []bool{true, false}) || len(w.ended) != 1 || w.ended[0] != nil {
			t.Errorf("good: %v, %d", err, count(t, d))
		}
		w, err = run("a\nbad\n")
		if err == nil || err.Error() != "not whole" || count(t, d) != 4 || len(w.rows) != 2 || !w.begun || len(w.ended) != 1 || w.ended[0] == nil {
			t.Errorf("bad: %v, %+v", err, w)
		}
		if w, err = run("a\n", "a\nb\nc\nd\nbad\n"); !errors.Is(err, errChanged) || w != nil || count(t, d) != 4 {
			t.Errorf("became bad: %v, %d", err, count(t, d))
		}
		if w, err = run("bad\n", "a\n"); !errors.Is(err, errChanged) || w == nil || count(t, d) != 4 {
			t.Errorf("became good: %v, %d", err, count(t, d))
		}
		if w, err = run("broken\n"); err == nil || w != nil || made[0].begun {
			t.Errorf("broken: %v", err)
		}
	})
}

// TestInStages: each batch is a transaction, and others get in between; what fails is dropped.
func TestInStages(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		run := func(ctx context.Context, change func(*words), texts ...string) (made []*words, err error) {
			_, err = intake.InStages[string](ctx, d, func(bool) *words {
				w := newWords(texts[min(len(made), len(texts)-1)])
				change(w)
				made = append(made, w)
				return w
			}, errChanged)
			return made, err
		}
		var had []int
		made, err := run(t.Context(), func(w *words) {
			w.report = intake.NewReport(func(string) error { had = append(had, count(t, d)); return nil })
		}, "a\nb\nc\nd\n")
		if err != nil || len(made) != 2 || !slices.Equal(had[len(had)-4:], []int{3, 3, 3, 4}) {
			t.Errorf("good: %v, %v", err, had)
		}
		if w := made[1]; w.ready != 4 || w.dropped != 0 || len(w.ended) != 1 || w.ended[0] != nil || made[0].ready != 0 {
			t.Errorf("good: %+v", w)
		}
		plain := func(*words) {}
		ctx, cancel := context.WithCancel(t.Context())
		for name, c := range map[string]struct {
			change func(*words)
			texts  []string
			err    string
			drops  int
		}{
			"refused":     {plain, []string{"a\nbad\n"}, "not whole", 0},
			"became bad":  {plain, []string{"a\n", "a\nbad\n"}, "changed", 1},
			"became good": {plain, []string{"bad\n", "a\n"}, "changed", 0},
			"lost":        {func(w *words) { w.lost = 1 }, []string{"a\n"}, "changed", 1},
			"panic":       {plain, []string{"a\n", "a\npanic\n"}, "broke off", 1},
		} {
			made, err := run(t.Context(), c.change, c.texts...)
			if w := made[len(made)-1]; err == nil || !strings.Contains(err.Error(), c.err) || w.dropped != c.drops || c.drops > 0 && len(w.ended) != 0 {
				t.Errorf("%s: %v, %+v", name, err, w)
			}
		}
		made, err = run(ctx, func(w *words) {
			w.report = intake.NewReport(func(string) error {
				if w.ready > 0 {
					cancel()
				}
				return nil
			})
		}, "a\n")
		if !errors.Is(err, context.Canceled) || made[1].dropped != 1 {
			t.Errorf("given up: %v", err)
		}
	})
}

// TestSomebodyElseWasFirst: a batch is tried again, and not for ever.
func TestSomebodyElseWasFirst(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		w := newWords("a\nb\n")
		w.lost = 2
		if err := intake.RowByRow(t.Context(), d, w); err != nil || count(t, d) != 2 {
			t.Errorf("%v, %d", err, count(t, d))
		}
		w = newWords("a\nb\n")
		w.lost = 100
		if err := intake.RowByRow(t.Context(), d, w); !errors.Is(err, intake.ErrAgain) || count(t, d) != 2 {
			t.Errorf("%v, %d", err, count(t, d))
		}
		_, err := intake.AllOrNothing[string](t.Context(), d, func(bool) *words {
			w := newWords("a\nb\n")
			w.lost = 1
			return w
		}, errChanged)
		if !errors.Is(err, errChanged) || count(t, d) != 2 {
			t.Errorf("%v, %d", err, count(t, d))
		}
	})
}

// TestFlatMemory: a long file is not held in memory.
func TestFlatMemory(t *testing.T) {
	t.Parallel()
	r := intake.NewReader(io.LimitReader(endless{}, 64<<20))
	lines := bufio.NewReader(r)
	var peak, now runtime.MemStats
	rows := 0
	feed := intake.Feed[[]byte]{Size: 100, File: r, Progress: func(int64, int64) {
		if runtime.ReadMemStats(&now); now.HeapAlloc > peak.HeapAlloc {
			peak = now
		}
	}}
	err := feed.Run(t.Context(), func() ([]byte, error) { return lines.ReadBytes('\n') }, func(batch [][]byte) error {
		rows += len(batch)
		return nil
	})
	if err != nil || rows < 60_000 || peak.HeapAlloc > 32<<20 || r.Offset() != 64<<20 {
		t.Errorf("%d rows of 1 KiB, heap %d MiB, %v", rows, peak.HeapAlloc>>20, err)
	}
}

// endless is a file of lines of 1 KiB.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	n := 0
	for n+1024 <= len(p) {
		copy(p[n:], strings.Repeat("x", 1023)+"\n")
		n += 1024
	}
	return n, nil
}

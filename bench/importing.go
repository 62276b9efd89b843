package main

import (
	"context"
	"fmt"

	"github.com/countersign-auth/countersign/bench/figure"
	"github.com/countersign-auth/countersign/bench/rig"
	"github.com/countersign-auth/countersign/internal/db"
)

// Import is one round of the scenario import.
type Import struct {
	Parse  float64 `json:"parse_s"`  // the file alone
	Insert float64 `json:"insert_s"` // the rows alone
	Import float64 `json:"import_s"` // the command, from its start to its end
	RSS    float64 `json:"import_rss_peak_mb"`
}

// importing measures the import of an encrypted file against parsing the same
// file and inserting the same rows, each in a process of its own.
func (b *bench) importing(ctx context.Context) (*Scenario, error) {
	n := max(b.Tokens/5, 1)
	if b.Large {
		n = million
	}
	f, err := b.rig.TokenFile(n)
	if err != nil {
		return nil, err
	}
	found := map[string][]Import{}
	s := &Scenario{
		Name: fmt.Sprintf("import: encrypted PSKC of %d tokens", n), Data: found,
		Head:  []string{"DATABASE", "PARSE S", "INSERT S", "IMPORT S", "TOKENS/S", "RSS PEAK MB"},
		Notes: []string{"all three include the start of their process, so the limit has two starts and the import one"},
	}
	rounds := b.Rounds
	if b.Large {
		rounds = 1
	}
	for _, d := range b.rig.Dialects() {
		for round := range rounds {
			b.rig.Sayf("import, %s: round %d of %d", d, round+1, rounds)
			one, err := b.importOnce(ctx, d, f)
			if err != nil {
				return nil, err
			}
			found[d.String()] = append(found[d.String()], one)
		}
		importReport(s, d, n, found[d.String()])
	}
	return s, nil
}

func (b *bench) importOnce(ctx context.Context, d db.Dialect, f rig.TokenFile) (one Import, err error) {
	parsed, err := b.rig.Parse(ctx, f)
	if err != nil {
		return one, err
	}
	inserted, err := b.fresh(ctx, d, func(s *rig.Store) (rig.Work, error) { return s.BareInsert(ctx, f) })
	if err != nil {
		return one, err
	}
	imported, err := b.fresh(ctx, d, func(s *rig.Store) (rig.Work, error) { return s.Import(ctx, f) })
	return Import{parsed.Took.Seconds(), inserted.Took.Seconds(), imported.Took.Seconds(), float64(imported.RSS) / 1e6}, err
}

// fresh does something in an empty installation.
func (b *bench) fresh(ctx context.Context, d db.Dialect, f func(*rig.Store) (rig.Work, error)) (rig.Work, error) {
	s, err := b.rig.Store(ctx, d)
	if err != nil {
		return rig.Work{}, err
	}
	w, err := f(s)
	if err != nil {
		return w, err
	}
	return w, s.Drop(ctx)
}

func importReport(s *Scenario, d db.Dialect, n int, all []Import) {
	var parse, insert, both, whole, rss, speed []float64
	for _, x := range all {
		parse, insert, both = append(parse, x.Parse), append(insert, x.Insert), append(both, x.Parse+x.Insert)
		whole, rss, speed = append(whole, x.Import), append(rss, x.RSS), append(speed, float64(n)/x.Import)
	}
	s.row(d, figure.Median(parse), figure.Median(insert), figure.Median(whole), figure.Median(speed), figure.Median(rss))
	s.goal(d.String()+": import / (parse + insert)", "<=", 2, figure.Ratio(whole, both))
	s.goal(d.String()+": tokens/s", ">=", 20_000, figure.Of(speed))
	s.goal(d.String()+": RSS peak in MB", "<=", 256, figure.Of(rss))
}

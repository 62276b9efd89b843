package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/countersign-auth/countersign/bench/rig"
)

// pgbenchScript is the least that a verification with one transaction for each
// request asks of PostgreSQL: lock and read, consume, record.
const pgbenchScript = `\set id random(1, %d)
BEGIN;
SELECT next_value, failures FROM bench_token WHERE id = :id FOR UPDATE;
UPDATE bench_token SET next_value = next_value + 1, failures = 0 WHERE id = :id;
INSERT INTO bench_log (token, outcome) VALUES (:id, 'accepted');
END;
`

// pgbench runs PostgreSQL's own benchmark.
type pgbench struct {
	program, script string
	dsn             string
}

// newPgbench makes the tables in the store's database.
func (b *bench) newPgbench(ctx context.Context, s *rig.Store) (*pgbench, error) {
	program, err := findPgbench()
	if err != nil {
		return nil, err
	}
	p := &pgbench{program: program, script: b.rig.Path("pgbench.sql"), dsn: s.DSN}
	if err := os.WriteFile(p.script, fmt.Appendf(nil, pgbenchScript, b.Tokens), 0o600); err != nil {
		return nil, err
	}
	return p, s.Exec(ctx,
		"CREATE TABLE bench_token (id bigint PRIMARY KEY, next_value bigint NOT NULL, failures integer NOT NULL, seed bytea NOT NULL)",
		"CREATE TABLE bench_log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, token bigint NOT NULL, outcome text NOT NULL, at timestamptz NOT NULL DEFAULT now())",
		fmt.Sprintf("INSERT INTO bench_token SELECT i, 0, 0, decode(repeat('ab', 53), 'hex') FROM generate_series(1, %d) i", b.Tokens),
		"VACUUM ANALYZE bench_token", "CHECKPOINT",
	)
}

// findPgbench looks in the path and where Debian puts it.
func findPgbench() (string, error) {
	if name, err := exec.LookPath("pgbench"); err == nil {
		return name, nil
	}
	all, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench")
	if len(all) == 0 {
		return "", errors.New("pgbench was not found; install it (Debian: apt-get install postgresql)")
	}
	return all[len(all)-1], nil
}

var (
	tps     = regexp.MustCompile(`tps = ([0-9.]+)`)
	latency = regexp.MustCompile(`latency average = ([0-9.]+) ms`)
)

// clients is how many connections pgbench has: more gain it nothing.
const clients = 16

// run measures for some seconds.
func (p *pgbench) run(ctx context.Context, seconds int, m *meter) (Sample, error) {
	c := exec.CommandContext(ctx, p.program, "--no-vacuum", "--protocol=prepared", "--client="+strconv.Itoa(clients), "--jobs=2", //nolint:gosec // found above
		"--time="+strconv.Itoa(seconds), "--file="+p.script, p.dsn)
	m.start()
	out, err := c.CombinedOutput()
	m.stop()
	if err != nil {
		return Sample{}, fmt.Errorf("pgbench: %w\n%s", err, out)
	}
	rate, average := tps.FindSubmatch(out), latency.FindSubmatch(out)
	if rate == nil || average == nil {
		return Sample{}, fmt.Errorf("pgbench said nothing of its rate:\n%s", out)
	}
	var s Sample
	s.Rate, _ = strconv.ParseFloat(string(rate[1]), 64)
	s.P50, _ = strconv.ParseFloat(string(average[1]), 64) // the mean: it tells no percentiles
	own := c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	done := s.Rate * float64(seconds)
	s.DatabaseCPU, s.LoadCPU = float64(m.database.Microseconds())/done, float64(own.Microseconds())/done
	m.own += own
	s.Elsewhere = m.elsewhere()
	return s, nil
}

package app

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/countersign-auth/countersign/emulator/simcard"
	"github.com/countersign-auth/countersign/internal/config"
	"github.com/countersign-auth/countersign/internal/demo"
	"github.com/countersign-auth/countersign/internal/telemetry"
	"github.com/countersign-auth/countersign/internal/web/lab"
)

// Names of the demo at its message center.
const (
	simAccount = "sims" // the account of the SIM cards
	cardSource = "1961" // where packets to SIM cards come from, and what the cards answer
)

// simPatience is how long the process with the SIM cards may take to start and to end.
const simPatience = 10 * time.Second

// simProcess is the process with the demo's SIM cards. It shares nothing with the node: it has
// its own store, and reaches the node by SMPP only.
type simProcess struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	told  simTold
}

// addSIMs starts the SIM cards of the demo; nil when it has none, as a demo that an older program
// began. They end with the node, and also when it is killed: their standard input ends then.
func (a *App) addSIMs(ctx context.Context, dir, center string, password config.Secret) (lab.SIMs, error) {
	store := filepath.Join(dir, "lab", demo.SIMStore)
	if _, err := os.Stat(store); errors.Is(err, os.ErrNotExist) {
		return nil, nil // no cards is no failure
	}
	p, err := startSIMs(ctx, store, center, password)
	if err != nil {
		return nil, fmt.Errorf("start the SIM cards: %w", err)
	}
	for _, c := range p.told.Cards {
		if c.Number != "" {
			a.Center.SIM(c.Number, simAccount)
		}
	}
	a.background = append(a.background, func(ctx context.Context) {
		<-ctx.Done()
		if err := p.stop(); err != nil {
			a.Log.WarnContext(ctx, "the demo's SIM cards did not end in order", telemetry.Err(err))
		}
	})
	return simcard.Phones{URL: p.told.URL, HTTP: &http.Client{Timeout: simPatience}}, nil
}

// startSIMs runs this program once more, as `countersign emulate sim`, and waits until it says
// where its screens are.
func startSIMs(ctx context.Context, store, center string, password config.Secret) (*simProcess, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &simProcess{cmd: exec.CommandContext(context.WithoutCancel(ctx), program)} //nolint:gosec // this very program
	p.cmd.Args = []string{"countersign", "emulate", "sim", "--store", store, "--center", center, "--system-id", simAccount, "--until-eof"}
	p.cmd.Env = []string{"COUNTERSIGN_TEST_SIM_PASSWORD=" + string(password)} // and nothing of ours
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	timer := time.AfterFunc(simPatience, func() { _ = p.cmd.Process.Kill() })
	defer timer.Stop()
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &p.told)
	}
	if err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

// stop ends the process, by force if it takes too long.
func (p *simProcess) stop() error {
	timer := time.AfterFunc(simPatience, func() { _ = p.cmd.Process.Kill() })
	defer timer.Stop()
	_ = p.stdin.Close() // which it ends at
	return p.cmd.Wait()
}

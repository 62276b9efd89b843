package rig

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/emulator/simcard"
	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/smpp"
)

// phonesWord is the child that is a telephone network: a message center, and phones with emulated
// SIM cards whose owners agree to everything at once. It is a process of its own, so that
// its processor time is apart from the server's.
const phonesWord = "phones"

// Settings between the server and the phones.
const (
	cardsAddress = "+4366410000"
	serverID     = "bank"
	phonesID     = "sims"
	smscPassword = "bench"
	phonePIN     = "73918264"
)

// PhoneNumber is that of the i-th phone.
func PhoneNumber(i int) string { return fmt.Sprintf("+43664%07d", i) }

// Phones is the child as its parent sees it.
type Phones struct {
	Address string // of the message center
	Output  string // file of the card maker
	PID     int

	cmd   *exec.Cmd
	input io.Closer
}

// Phones starts a network with n phones.
func (r *Rig) Phones(ctx context.Context, n int) (*Phones, error) {
	p := &Phones{Output: r.Path("cards.csv")}
	p.cmd = exec.CommandContext(ctx, r.Self, Child, phonesWord, p.Output, strconv.Itoa(n)) //nolint:gosec // this program itself
	p.cmd.Stderr = r.Log
	input, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.input, p.PID = input, p.cmd.Process.Pid
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &p.Address)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the phones did not start: %w", err), p.Stop())
	}
	return p, nil
}

// Stop ends the network.
func (p *Phones) Stop() error { return errors.Join(p.input.Close(), p.cmd.Wait()) }

// network is what the child runs.
type network struct {
	tray  *simcard.Tray
	rings map[string]chan struct{} // by number: something came for its SIM
}

func servePhones(ctx context.Context, output, count string, stdin io.Reader, stdout io.Writer, now func() time.Time) error {
	n, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	net := &network{rings: map[string]chan struct{}{}}
	if net.tray, err = simcard.Open(simcard.TrayConfig{Now: now, Rand: rand.Reader}); err != nil {
		return err
	}
	if err := net.make(n, output); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, stdin) // ends with the parent
		stop()
	}()
	return net.serve(ctx, stdout, now)
}

// make makes the cards, and the file that their maker delivers.
func (x *network) make(n int, output string) error {
	var b bytes.Buffer
	var all []*simcard.Memory
	for i := range n {
		m, _, err := simcard.Make(rand.Reader, simcard.Order{Number: PhoneNumber(i)})
		if err == nil {
			err = x.tray.Add(m)
		}
		if err != nil {
			return err
		}
		all = append(all, m)
		x.rings[strings.TrimPrefix(m.Number, "+")] = make(chan struct{}, 1)
	}
	if err := simcard.WriteOutput(&b, all...); err != nil {
		return err
	}
	return os.WriteFile(filepath.Clean(output), b.Bytes(), 0o600)
}

func (x *network) serve(ctx context.Context, stdout io.Writer, now func() time.Time) error {
	center := smscenter.New(smscenter.Config{Now: now, Carried: x.ring, Accounts: map[string]string{serverID: smscPassword, phonesID: smscPassword}})
	center.Route(cardsAddress, serverID)
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	for number := range x.rings {
		center.SIM("+"+number, phonesID)
	}
	var all sync.WaitGroup
	modem := &simcard.Modem{Tray: x.tray, SystemID: phonesID, Password: smscPassword, Dial: func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
	}}
	all.Go(func() { modem.Run(ctx) })
	for _, c := range x.tray.Cards() {
		all.Go(func() { x.owner(ctx, c) })
	}
	if err := json.NewEncoder(stdout).Encode(l.Addr().String()); err != nil {
		return errors.Join(err, l.Close())
	}
	err = center.Serve(ctx, l)
	all.Wait()
	return err
}

// ring tells the owner of a phone that something came.
func (x *network) ring(m smpp.Message) {
	select {
	case x.rings[strings.TrimPrefix(m.Dest.Addr, "+")] <- struct{}{}:
	default: // for somebody else, or the owner is looking already
	}
}

// owner agrees to whatever the phone shows, each time that it rings.
func (x *network) owner(ctx context.Context, c *simcard.Card) {
	const looks, every = 5000, 2 * time.Millisecond
	for {
		select {
		case <-x.rings[strings.TrimPrefix(c.Number(), "+")]:
		case <-ctx.Done():
			return
		}
		for range looks {
			s := c.Look()
			if s.Kind == simcard.Idle {
				time.Sleep(every) // until the SIM has its message
				continue
			}
			if agree(c, s) {
				break
			}
		}
	}
}

// agree presses what agrees; done says that the person has nothing more to do in a dialog.
func agree(c *simcard.Card, s simcard.Screen) (done bool) {
	switch s.Kind {
	case simcard.Consent, simcard.Read, simcard.Notice: // a notice is of the dialog before
		_ = c.Press(s.Serial, simcard.OK) // another screen may be there by now
	case simcard.NewPIN:
		_ = c.Type(s.Serial, phonePIN)
	case simcard.RepeatPIN, simcard.PIN:
		return c.Type(s.Serial, phonePIN) == nil
	case simcard.Idle, simcard.ChooseControl, simcard.TypeControl, simcard.PUK:
	}
	return false
}

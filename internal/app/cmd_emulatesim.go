package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"

	"github.com/countersign-auth/countersign/emulator/simcard"
)

// simCmd are SIM cards in phones.
type simCmd struct {
	Run   simRunCmd   `cmd:"" default:"withargs" help:"Switch the phones on: their cards answer by SMPP, and their screens and keys are served over HTTP."`
	Make  simMakeCmd  `cmd:"" help:"Make cards, and the file with their keys that a card maker delivers."`
	Look  simLookCmd  `cmd:"" help:"Print what a phone shows."`
	Press simPressCmd `cmd:"" help:"Press a key of a phone, or type digits."`
	Swap  simSwapCmd  `cmd:"" help:"Put another card into a phone: it takes the number, and no key goes over."`
}

// simStore is where the cards are kept.
type simStore struct {
	Store string `default:"sims.json" placeholder:"FILE" help:"The cards' memories: private keys under their PINs, and the keys for packets. Keep it to yourself."`
}

func (s simStore) open(e *env) (*simcard.Tray, error) {
	return simcard.Open(simcard.TrayConfig{Now: e.now, Rand: e.rand, File: s.Store})
}

// simRunCmd switches phones on.
type simRunCmd struct {
	simStore

	Center   string `default:"127.0.0.1:2775" help:"Address of the message center (SMPP 3.4)."`
	SystemID string `name:"system-id" default:"sims" help:"Account at the center to which the SIMs of the numbers belong."`
	Password string `env:"COUNTERSIGN_TEST_SIM_PASSWORD" help:"Password of that account."`
	Listen   string `default:"127.0.0.1:0" help:"Address of the screens and keys, on loopback; port 0 chooses a free one."`
	UntilEOF bool   `name:"until-eof" help:"End when standard input does, as with the program that started this one."`
}

// simTold is the line that says that the phones are on.
type simTold struct {
	URL   string    `json:"url"`
	Cards []simName `json:"cards"`
}

type simName struct {
	ICCID  string `json:"iccid"`
	Number string `json:"number"`
}

// Run serves until it is interrupted. The first line on standard output says where the screens
// and keys are.
func (s simRunCmd) Run(e *env) error {
	tray, err := s.open(e)
	if err != nil {
		return err
	}
	if len(tray.Cards()) == 0 {
		return hinted{fmt.Errorf("there are no cards in %s", s.Store), "Make some first: countersign emulate sim make --store " + s.Store + " +436641000009"}
	}
	l, err := (&net.ListenConfig{}).Listen(e.ctx, "tcp", s.Listen)
	if err != nil {
		return hinted{err, "Choose another port with --listen."}
	}
	if at, ok := l.Addr().(*net.TCPAddr); !ok || !at.IP.IsLoopback() {
		return errors.Join(errors.New("--listen: the keys of a phone are for this machine; give an address on loopback"), l.Close())
	}
	told := simTold{URL: "http://" + l.Addr().String()}
	for _, c := range tray.Cards() {
		told.Cards = append(told.Cards, simName{c.ICCID(), c.Number()})
	}
	if err := e.jsonLine(told); err != nil {
		return errors.Join(err, l.Close())
	}
	ctx, stop := context.WithCancel(e.ctx)
	defer stop()
	if s.UntilEOF {
		go func() {
			_, _ = io.Copy(io.Discard, e.stdin)
			stop()
		}()
	}
	return s.serve(ctx, e, tray, l)
}

// serve has a modem at the center and a server for the hands.
func (s simRunCmd) serve(ctx context.Context, e *env, tray *simcard.Tray, l net.Listener) error {
	modem := &simcard.Modem{Tray: tray, SystemID: s.SystemID, Password: s.Password, Dial: func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", s.Center)
	}, Trouble: func(err error) {
		say(e.stderr, fmt.Errorf("no line to the message center: %w; it is tried again", err), "")
	}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		modem.Run(ctx)
	}()
	srv := &http.Server{Handler: tray.Handler(), ReadHeaderTimeout: headerPatience, BaseContext: func(net.Listener) context.Context { return ctx }}
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer stop()
	err := srv.Serve(l)
	if ctx.Err() != nil {
		<-done
		return nil // it was told to stop
	}
	return err
}

// simMakeCmd makes cards.
type simMakeCmd struct {
	simStore

	Numbers []string `arg:"" optional:"" name:"number" help:"Telephone numbers, a card each: +436641000009."`
	Spare   int      `placeholder:"N" help:"So many more cards without a number, to be swapped for others."`
	Label   string   `help:"Whose the cards are, for those who look at them."`
	KeySet  byte     `name:"key-set" default:"1" help:"Number of the key set, 1 to 15."`
	Bits    int      `default:"128" enum:"128,256" help:"Bits of its AES keys."`
	Out     string   `default:"-" placeholder:"FILE" help:"The card maker's file (CSV) for countersign sim import; - is standard output."`
	KeyFile string   `placeholder:"FILE" help:"AES transport key in hexadecimal, under which the keys in the file are wrapped (RFC 3394)."`
	Letters string   `placeholder:"FILE" help:"Where the PUKs are written, one line of JSON for each card, as they would go out by letter; standard error by default."`
}

// Run makes the cards, stores them, and writes what their maker hands over. It never does so for a
// card that is there already: nothing reads keys out of a card.
func (s simMakeCmd) Run(e *env) error {
	transport, err := e.hexSecret(s.KeyFile, "")
	if err != nil {
		return err
	}
	tray, err := s.open(e)
	if err != nil {
		return err
	}
	var cards []*simcard.Memory
	var letters []simLetter
	for _, n := range append(s.Numbers, make([]string, max(0, s.Spare))...) {
		m, puk, err := simcard.Make(e.rand, simcard.Order{Number: n, Label: s.Label, KeySet: s.KeySet, Bits: s.Bits})
		if err != nil {
			return err
		}
		if err := tray.Add(m); err != nil {
			return fmt.Errorf("%s: %w", n, err)
		}
		cards, letters = append(cards, m), append(letters, simLetter{m.ICCID, m.Number, puk})
	}
	return errors.Join(s.deliver(e, transport, cards), s.post(e, letters))
}

// simLetter is what the owner of a card gets by mail.
type simLetter struct {
	ICCID  string `json:"iccid"`
	Number string `json:"number"`
	PUK    string `json:"puk"`
}

func (s simMakeCmd) deliver(e *env, transport []byte, cards []*simcard.Memory) error {
	return written(s.Out, e.stdout, func(w io.Writer) error { return simcard.WriteWrapped(w, transport, cards...) })
}

func (s simMakeCmd) post(e *env, letters []simLetter) error {
	return written(s.Letters, e.stderr, func(w io.Writer) error {
		for _, l := range letters {
			if err := (&env{stdout: w}).jsonLine(l); err != nil {
				return err
			}
		}
		return nil
	})
}

// written writes a file that only its owner may read, or to w when there is no name.
func written(name string, w io.Writer, f func(io.Writer) error) error {
	if name == "" || name == "-" {
		return f(w)
	}
	out, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) //nolint:gosec // the operator names the file
	if err != nil {
		return err
	}
	return errors.Join(f(out), out.Close())
}

package smppclient_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/internal/smppclient"
	"github.com/countersign-auth/countersign/internal/sms"
)

// TestSeparateSessions: texts go over transmitters, receipts come over the one receiver;
// each comes back by itself, and a lost receiver keeps nobody from sending.
func TestSeparateSessions(t *testing.T) {
	t.Parallel()
	w := open(t, smscenter.Config{}, smppclient.Config{Separate: true, Sessions: 2})
	pair := func() bool { s := w.client.Stats(); return s.Sessions == 2 && s.Receivers == 1 }
	eventually(t, pair)
	for range 5 {
		refs := w.submit("hello")
		if r := w.got.next(t); len(refs) != 1 || r.Reference != refs[0] || r.State != sms.Delivered {
			t.Errorf("reference %v, receipt %+v", refs, r)
		}
	}
	before := w.center.Stats().Binds
	w.center.Disconnect()
	eventually(t, func() bool { return w.center.Stats().Binds == before+3 && pair() })
	w.submit("again")
	w.got.next(t)
	if err := w.client.Try(t.Context()); err != nil || w.center.Stats().Binds != before+5 {
		t.Errorf("trying: %v, %d binds", err, w.center.Stats().Binds-before)
	}
	w.stop()
	if s := w.client.Stats(); s.Sessions != 0 || s.Receivers != 0 {
		t.Errorf("%+v", s)
	}
}

// kannelBox is the address at which Kannel's simulator looks for a bearerbox that it could
// send to: it cannot be told another one, and gives up when nobody listens there.
const kannelBox = "127.0.0.1:13001"

// TestOurClientAndKannelsCenter has Kannel's SMPP server simulator (drive_smpp, Debian
// package kannel-extras) for a center. It knows transmitters and receivers only, names no
// messages and sends no receipts: what it asks after is binding, submitting, the link,
// and what comes to us: receipts, by
// their parameter, that name one message for all.
func TestOurClientAndKannelsCenter(t *testing.T) {
	t.Parallel()
	const ours, theirs = 20, 3
	program := kannel(t, "/usr/lib/kannel/test/drive_smpp")
	occupy(t, kannelBox)
	port := freePorts(t, 1)[0]
	ctx, stop := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, program, "-v", "0", "-p", strconv.Itoa(port), "-m", strconv.Itoa(theirs))
	var said told
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = t.TempDir(), &said, &said, time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, clock: newClock(), got: &receipts{came: make(chan sms.Receipt, 10)}}
	w.connect(smppclient.Config{
		Name: "kannel", Address: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), Separate: true, SystemID: "bank", Password: []byte("secret"), Source: "Bank",
		Enquire: 20 * time.Millisecond,
	})
	eventually(t, func() bool { s := w.client.Stats(); return s.Sessions == 1 && s.Receivers == 1 && s.Receipts == theirs })
	for range theirs {
		if r := w.got.next(t); r.Reference != "receipted_message_id" || r.State != sms.Sent { // which says nothing of any message
			t.Errorf("%+v", r)
		}
	}
	lost := w.client.Stats().Lost // while it did not listen yet
	for i := range ours {
		if refs := w.submit(fmt.Sprintf("%d: Grüße € 90", i)); len(refs) != 0 {
			t.Errorf("it named a message %v", refs)
		}
	}
	eventually(t, func() bool { return strings.Contains(said.String(), "PDU of type enquire_link\n") }) // in the silence
	w.stop()                                                                                            // its unbind ends the simulator
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, said.String())
	}
	for _, want := range []string{
		fmt.Sprintf("Number of messages sent to ESME: %d\n", theirs), fmt.Sprintf("Number of messages sent to SMSC: %d\n", ours),
		"Handling SMPP PDU of type bind_transmitter\n", "Handling SMPP PDU of type bind_receiver\n", "PDU of type enquire_link_resp\n", "PDU of type deliver_sm_resp\n", "PDU of type unbind\n",
	} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("the simulator does not say %q:\n%s", want, said.String())
		}
	}
	if s := w.client.Stats(); s.Refused+s.Timeouts != 0 || s.Lost != lost || s.Taken != ours {
		t.Errorf("%+v", s)
	}
}

// told is what a program says, while it runs.
type told struct {
	mu  sync.Mutex
	all bytes.Buffer
}

// Write implements io.Writer.
func (b *told) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.Write(p)
}

// String implements fmt.Stringer.
func (b *told) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.String()
}

// occupy listens at a fixed address until the test ends, once nobody else does.
func occupy(t *testing.T, address string) {
	t.Helper()
	var l net.Listener
	eventually(t, func() (ok bool) {
		var err error
		l, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
		return err == nil
	})
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // closed
			}
			t.Cleanup(func() { _ = conn.Close() })
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
}

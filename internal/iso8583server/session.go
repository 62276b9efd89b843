package iso8583server

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/iso8583"
)

// session is one connection.
type session struct {
	s  *Server
	c  net.Conn
	on bool        // signed on; of the goroutine that reads
	by audit.Actor // who asks, for the records
	of []string    // the acquirers that it speaks for; none: all

	mu   sync.Mutex // one message is written at a time
	deaf bool       // a message could not be written, and the connection is closed
}

// job is a message, and whether the connection was signed on when it came.
type job struct {
	b  []byte
	on bool
}

// run reads messages until the connection ends, and waits for those that are being worked on.
func (x *session) run(ctx context.Context) {
	// As many workers as messages were under way at once. They stay: a new one would grow its stack for each message.
	messages, workers := make(chan job), 0
	var working sync.WaitGroup
	defer working.Wait()
	defer close(messages)
	if !x.introduced(ctx) || !x.s.admit(ctx, x.c) {
		return
	}
	// What was read is decided to its end, also when the node stops meanwhile.
	work := context.WithoutCancel(ctx)
	r := bufio.NewReaderSize(x.c, 16<<10)
	for ctx.Err() == nil {
		if err := x.c.SetReadDeadline(time.Now().Add(x.s.Idle)); err != nil { //nolint:forbidigo // a deadline of the operating system's clock
			return
		}
		if ctx.Err() != nil {
			return
		}
		b, err := x.s.Profile.Framing.Read(r, nil)
		if err != nil {
			x.ended(work, err)
			return
		}
		if len(b) == 0 {
			x.write(work, nil)
			continue
		}
		if mti, ok := x.s.Profile.Type(b); ok && mti.Class() == 8 {
			x.message(work, job{b, x.on}) // at once: what comes behind a sign-on is signed on
			continue
		}
		j := job{b, x.on}
		select {
		case messages <- j:
			continue
		default:
		}
		if workers == x.s.Room {
			messages <- j
			continue
		}
		workers++
		working.Go(func() {
			for x.message(work, j); ; x.message(work, j) {
				var ok bool
				if j, ok = <-messages; !ok {
					return
				}
			}
		})
	}
}

// introduced knows the peer: by its certificate where there is one.
func (x *session) introduced(ctx context.Context) bool {
	x.by = audit.System("card network")
	c, ok := x.c.(*tls.Conn)
	if !ok {
		return true
	}
	patience, cancel := context.WithTimeout(ctx, handshake)
	defer cancel()
	if err := c.HandshakeContext(patience); err != nil {
		x.s.Log.WarnContext(ctx, "a connection of a card network was refused", slog.String("peer", x.c.RemoteAddr().String()), slog.String("error", err.Error()))
		return false
	}
	if shown := c.ConnectionState().PeerCertificates; len(shown) > 0 {
		name := shown[0].Subject.CommonName
		x.by = audit.System("card network " + plain(name))
		if x.of, ok = x.s.Institutions[name]; !ok && x.s.Institutions != nil {
			x.s.Log.WarnContext(ctx, "a connection of a card network was refused", slog.String("peer", x.c.RemoteAddr().String()), slog.String("error", "nobody named "+plain(name)+" speaks for an institution"))
			return false
		}
	}
	return true
}

// handshake is how long a peer may take to show who it is.
const handshake = 10 * time.Second

// plain is a name for records: at most 60 printable characters.
func plain(name string) string {
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > 60 {
		name = string(runes[:60])
	}
	return name
}

// ended tells why a connection ended, where somebody should know.
func (x *session) ended(ctx context.Context, err error) {
	if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
		return
	}
	x.s.Log.InfoContext(ctx, "a connection of a card network ended", slog.String("peer", x.c.RemoteAddr().String()), slog.String("error", err.Error()))
}

// observe counts a message. Types that the profile does not have are one: who makes them up makes no series of their own.
func (x *session) observe(m *iso8583.Message, code string) {
	mti := "other"
	if x.s.Profile.Has(m.MTI) {
		mti = m.MTI.String()
	}
	x.s.Observe(mti, code)
}

// message answers one.
func (x *session) message(ctx context.Context, j job) {
	m := &iso8583.Message{}
	var answer *iso8583.Message
	if err := x.s.Profile.ParseInto(m, j.b); err != nil {
		answer = x.refuse(ctx, m, m.Outline(), err)
	} else if err := x.s.Profile.Check(m); err != nil {
		answer = x.wrong(ctx, m, err)
	} else {
		answer = x.decide(ctx, m, j.on)
	}
	if answer == nil {
		x.observe(m, "")
		return
	}
	x.observe(m, answer.Text(fieldResponse))
	out, err := x.s.Profile.Append(nil, answer)
	if err != nil {
		x.s.Log.ErrorContext(ctx, "an answer to a card network cannot be written", slog.String("message", answer.Outline()), slog.String("error", err.Error()))
		return
	}
	x.write(ctx, out)
}

// decide is answer for a mistake of the program, too: it is nobody's approval, and ends neither the connection nor the node.
func (x *session) decide(ctx context.Context, m *iso8583.Message, on bool) (out *iso8583.Message) {
	defer func() {
		if v := recover(); v != nil {
			x.s.Log.ErrorContext(ctx, "panic in a message of a card network", slog.String("message", m.String()), slog.String("panic", fmt.Sprint(v)), slog.String("stack", string(debug.Stack())))
			out = x.make(m, iso8583.NoIssuer)
		}
	}()
	return x.answer(ctx, m, on)
}

// wrong is the answer to a message that was read and does not keep the profile; nil for one of another type.
func (x *session) wrong(ctx context.Context, m *iso8583.Message, err error) *iso8583.Message {
	return x.refuse(ctx, m, m.String(), err)
}

// refuse is the format error; shown is the message for the log. One that was not read to its end is shown without any value: digits of a number may be in any
// field of it.
func (x *session) refuse(ctx context.Context, m *iso8583.Message, shown string, err error) *iso8583.Message {
	x.s.Log.WarnContext(ctx, "a message of a card network is not as agreed", slog.String("message", shown), slog.String("error", err.Error()))
	var field *iso8583.Error
	n := 0
	if errors.As(err, &field) {
		n = field.Field
	}
	answer, err := x.s.Profile.Answer(m, iso8583.FormatError, n)
	if err != nil {
		return nil
	}
	return answer
}

// writePatience is how long a peer may take to read an answer.
const writePatience = 10 * time.Second

// write sends a message; a peer that does not read is closed.
func (x *session) write(ctx context.Context, message []byte) {
	framed, err := x.s.Profile.Framing.Append(make([]byte, 0, len(message)+4), message)
	if err != nil {
		x.s.Log.ErrorContext(ctx, "an answer to a card network is too long", slog.String("error", err.Error()))
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.deaf {
		return
	}
	err = x.c.SetWriteDeadline(time.Now().Add(writePatience)) //nolint:forbidigo // a deadline of the operating system's clock
	if err == nil {
		_, err = x.c.Write(framed)
	}
	if err != nil {
		x.deaf = true
		_ = x.c.Close()
		x.s.Log.WarnContext(ctx, "a card network does not take its answers: the connection is closed, and repeats get what was decided", slog.String("peer", x.c.RemoteAddr().String()), slog.String("error", err.Error()))
	}
}

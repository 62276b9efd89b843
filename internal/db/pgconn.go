package db

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// pgConn is a connection to PostgreSQL with its prepared statements. pgconn
// makes the connection (addresses, TLS, authentication) and hands it over; the
// statements are written here, because whatever a round has to say must travel
// together, and a Describe for every statement is a tenth of its price.
type pgConn struct {
	net      net.Conn
	front    *pgproto3.Frontend // reads the server's messages
	stmts    map[string]*pgStmt
	prepared int  // names given so far
	status   byte // of the transaction: I (none), T (open), E (failed)
	broken   bool // nothing more can be said
	single   bool // every row travels alone, so that a failing one is found
	patience time.Duration

	out  []byte // what will be sent next
	sent []sent // what has been put there
}

// sent is one run of a call: its i-th row of arguments.
type sent struct {
	c *call
	i int
}

// pgStmt is a prepared statement as the server describes it.
type pgStmt struct {
	name    string
	params  []uint32 // types
	columns []uint32 // types
	formats []byte   // result formats as Bind wants them
	bulk    string   // the text that takes many rows at once; "" when there is none
}

// maxSent is how many statements are sent before their answers are read. Their
// answers fit into the buffers of any connection, so that server and client
// never wait for each other to read; maxOut bounds the other way.
const (
	maxSent = 256
	maxOut  = 64 << 10
)

// errSkipped marks calls behind one that failed: PostgreSQL did not run them.
var errSkipped = errors.New("db: not run because an earlier statement failed")

// lostError says that the connection cannot be had or is gone.
type lostError struct{ cause error }

func (e *lostError) Error() string { return "db: no connection: " + e.cause.Error() }

func (e *lostError) Unwrap() error { return e.cause }

// past is a deadline that ends every wait at once.
var past = time.Unix(1, 0)

// dial opens a connection with the given settings of the session.
func dial(ctx context.Context, config *pgconn.Config, patience time.Duration, settings map[string]string) (*pgConn, error) {
	config = config.Copy()
	for k, v := range settings {
		if _, set := config.RuntimeParams[k]; !set {
			config.RuntimeParams[k] = v
		}
	}
	c, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, &lostError{err}
	}
	h, err := c.Hijack()
	if err != nil {
		return nil, &lostError{err}
	}
	return &pgConn{net: h.Conn, front: h.Frontend, stmts: map[string]*pgStmt{}, status: h.TxStatus, patience: patience}, nil
}

// close ends the connection, politely when it still works.
func (p *pgConn) close() {
	if !p.broken {
		stop := p.limit(time.Second)
		_, _ = p.net.Write([]byte{'X', 0, 0, 0, 4})
		stop()
	}
	p.broken = true
	_ = p.net.Close()
}

// inTransaction reports whether a transaction is open, failed or not.
func (p *pgConn) inTransaction() bool { return p.status != 'I' }

// limit makes whatever waits for the network give up after d.
func (p *pgConn) limit(d time.Duration) (stop func() bool) {
	return time.AfterFunc(d, func() { _ = p.net.SetDeadline(past) }).Stop
}

// run sends the calls together and fills in their answers. Every call behind
// one that PostgreSQL refused has errSkipped. An error of run itself means that
// the connection is lost; then only calls that are done have answers.
func (p *pgConn) run(calls []*call) error {
	if len(p.stmts) >= statementCache {
		if err := p.forget(); err != nil {
			return err
		}
	}
	if err := p.prepareAll(calls); err != nil {
		return err
	}
	if p.single || rows(calls) < leastBulk {
		return p.send(calls)
	}
	merged, loads := p.merge(calls)
	for _, l := range loads {
		if err := l.pack(); err != nil {
			l.call.err = err
		}
	}
	err := p.prepareAll(merged)
	if err == nil {
		err = p.send(merged)
	}
	for _, l := range loads {
		l.unload()
	}
	return err
}

func rows(calls []*call) (n int) {
	for _, c := range calls {
		n += len(c.args)
	}
	return n
}

func (p *pgConn) prepareAll(calls []*call) error {
	for _, c := range calls {
		if err := p.prepare(c); err != nil {
			return err
		}
		if p.status == 'E' && c.err != nil {
			skip(calls)
			return nil
		}
	}
	return nil
}

func (p *pgConn) send(calls []*call) error {
	for i, c := range calls {
		if c.err != nil {
			continue
		}
		for row := range c.args {
			if c.err = p.bind(c, row); c.err != nil {
				break
			}
			if len(p.sent) < maxSent && len(p.out) < maxOut {
				continue
			}
			refused, err := p.trip()
			if err != nil {
				return err
			}
			if refused {
				skip(calls[i:])
				return nil
			}
		}
	}
	_, err := p.trip()
	return err
}

func skip(calls []*call) {
	for _, c := range calls {
		if c.err == nil {
			c.err = errSkipped
		}
	}
}

// lost gives the connection up.
func (p *pgConn) lost(err error) error {
	p.broken = true
	_ = p.net.Close()
	return &lostError{err}
}

// trip sends what was bound and reads the answers. It reports whether the server
// refused a statement, and so all behind it.
func (p *pgConn) trip() (refused bool, err error) {
	if len(p.sent) == 0 {
		return false, nil
	}
	defer p.limit(p.patience)()
	defer func() { clear(p.sent); p.sent = p.sent[:0] }()
	if err := p.flush(); err != nil {
		return false, err
	}
	next := 0
	for {
		msg, err := p.front.Receive()
		if err != nil {
			return false, p.lost(err)
		}
		switch msg := msg.(type) {
		case *pgproto3.DataRow:
			p.sent[next].row(msg)
		case *pgproto3.CommandComplete:
			p.sent[next].complete(msg)
			next++
		case *pgproto3.EmptyQueryResponse:
			next++
		case *pgproto3.ErrorResponse:
			if next < len(p.sent) {
				p.sent[next].c.err = pgconn.ErrorResponseToPgError(msg)
			}
			for _, s := range p.sent[min(next+1, len(p.sent)):] {
				skip([]*call{s.c})
			}
			refused, next = true, len(p.sent)
		case *pgproto3.ReadyForQuery:
			p.status = msg.TxStatus
			return refused, nil
		}
	}
}

// flush sends a Sync behind everything.
func (p *pgConn) flush() error {
	p.out = append(p.out, 'S', 0, 0, 0, 4)
	_, err := p.net.Write(p.out)
	if cap(p.out) > 4*maxOut {
		p.out = nil
	}
	p.out = p.out[:0]
	if err != nil {
		return p.lost(err)
	}
	return nil
}

func (s sent) row(msg *pgproto3.DataRow) {
	c := s.c
	if c.want == wantCount || c.want == wantOne && len(c.rows) > 0 || c.err != nil {
		return
	}
	var cells []value
	cells, c.err = decodeRow(c.stmt.columns, msg.Values)
	c.rows = append(c.rows, cells)
}

func (s sent) complete(msg *pgproto3.CommandComplete) {
	tag := pgconn.NewCommandTag(string(msg.CommandTag))
	if tag.Insert() || tag.Update() || tag.Delete() {
		s.c.changed[s.i] = tag.RowsAffected()
	}
	s.c.tag = tag.String()
	s.c.done = s.i == len(s.c.args)-1
}

// prepare makes sure that the connection knows the text of c. One that
// PostgreSQL refuses spoils its own call, and the transaction if one is open.
func (p *pgConn) prepare(c *call) error {
	c.changed = make([]int64, len(c.args))
	if c.stmt = p.stmts[c.sql]; c.stmt != nil || c.err != nil {
		return nil
	}
	if c.err = c.refuse(); c.err != nil {
		return nil
	}
	defer p.limit(p.patience)()
	p.prepared++
	s := &pgStmt{name: "s" + strconv.Itoa(p.prepared)}
	p.out, _ = (&pgproto3.Parse{Name: s.name, Query: c.sql}).Encode(p.out)
	p.out, _ = (&pgproto3.Describe{ObjectType: 'S', Name: s.name}).Encode(p.out)
	if err := p.flush(); err != nil {
		return err
	}
	for {
		msg, err := p.front.Receive()
		if err != nil {
			return p.lost(err)
		}
		switch msg := msg.(type) {
		case *pgproto3.ParameterDescription:
			s.params = append(s.params, msg.ParameterOIDs...)
		case *pgproto3.RowDescription:
			for _, f := range msg.Fields {
				s.columns = append(s.columns, f.DataTypeOID)
			}
		case *pgproto3.ErrorResponse:
			c.err = pgconn.ErrorResponseToPgError(msg)
		case *pgproto3.ReadyForQuery:
			p.status = msg.TxStatus
			if c.err == nil {
				s.formats = resultFormats(s.columns)
				s.bulk = bulkForm(c.sql, s.params)
				p.stmts[c.sql], c.stmt = s, s
			}
			return nil
		}
	}
}

// forget drops all prepared statements.
func (p *pgConn) forget() error {
	clear(p.stmts)
	return p.script("DEALLOCATE ALL")
}

// script runs statements that need no arguments, separated by semicolons.
func (p *pgConn) script(sql string) error {
	p.out, _ = (&pgproto3.Query{String: sql}).Encode(p.out)
	_, err := p.net.Write(p.out)
	p.out = p.out[:0]
	if err != nil {
		return p.lost(err)
	}
	var refused error
	for {
		msg, err := p.front.Receive()
		if err != nil {
			return p.lost(err)
		}
		switch msg := msg.(type) {
		case *pgproto3.ErrorResponse:
			refused = pgconn.ErrorResponseToPgError(msg)
		case *pgproto3.ReadyForQuery:
			p.status = msg.TxStatus
			return refused
		}
	}
}

// bind puts one run of a call into the buffer: a Bind and an Execute.
func (p *pgConn) bind(c *call, row int) error {
	s := c.stmt
	begin := len(p.out)
	b := append(p.out, 'B', 0, 0, 0, 0, 0) // length, then the unnamed portal
	b = append(append(b, s.name...), 0)
	var err error
	if c.params != nil {
		b = appendRaw(b, c.params)
	} else if b, err = appendParams(b, c.args[row], s.params); err != nil {
		return fmt.Errorf("db: %q: %w", c.sql, err)
	}
	b = append(b, s.formats...)
	binary.BigEndian.PutUint32(b[begin+1:], uint32(len(b)-begin-1)) //nolint:gosec // bounded by memory
	p.out = append(b, 'E', 0, 0, 0, 9, 0, 0, 0, 0, 0)               // the unnamed portal, all rows
	p.sent = append(p.sent, sent{c, row})
	return nil
}

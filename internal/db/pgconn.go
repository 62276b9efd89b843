package db

import (
	"context"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// pgConn is a connection to PostgreSQL with its prepared statements. pgconn
// makes the connection (addresses, TLS, authentication) and hands it over; the
// statements are written here, because whatever a round has to say must travel
// together, and a general pipeline asks for a Describe of every statement.
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

// pgStmt is a prepared statement as the server describes it.
type pgStmt struct {
	name    string
	params  []uint32 // types
	columns []uint32 // types
	formats []byte   // result formats as Bind wants them
	bulk    *bulk    // the form that takes many rows at once; nil when there is none
}

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

// lost gives the connection up.
func (p *pgConn) lost(err error) error {
	p.broken = true
	_ = p.net.Close()
	return &lostError{err}
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
			if c.err != nil {
				return nil
			}
			s.formats = resultFormats(s.columns)
			p.stmts[c.sql], c.stmt = s, s
			if c.own {
				return nil
			}
			if s.bulk = insertForm(c.sql, s.params); s.bulk == nil {
				s.bulk, err = updateForm(c.sql, s.params, p.keys)
			}
			return err
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

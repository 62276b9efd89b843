package db

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// sent is one run of a call: its i-th row of arguments.
type sent struct {
	c *call
	i int
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
			return nil //nolint:nilerr // c keeps its error, and the connection is sound
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
	be.PutUint32(b[begin+1:], uint32(len(b)-begin-1)) //nolint:gosec // bounded by memory
	p.out = append(b, 'E', 0, 0, 0, 9, 0, 0, 0, 0, 0) // the unnamed portal, all rows
	p.sent = append(p.sent, sent{c, row})
	return nil
}

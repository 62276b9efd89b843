package db

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// pgConn is a connection to PostgreSQL with its prepared statements. Whatever
// it does travels as a pipeline: any number of statements, one round trip.
type pgConn struct {
	c        *pgconn.PgConn
	stmts    map[string]*pgconn.StatementDescription
	prepared int // names given so far
	patience time.Duration
}

// errSkipped marks calls behind one that failed: PostgreSQL did not run them.
var errSkipped = errors.New("db: not run because an earlier statement failed")

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
		return nil, unavailable(err)
	}
	return &pgConn{c: c, stmts: map[string]*pgconn.StatementDescription{}, patience: patience}, nil
}

// close ends the connection, politely when it still works.
func (p *pgConn) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = p.c.Close(ctx)
}

// inTransaction reports whether a transaction is open, failed or not.
func (p *pgConn) inTransaction() bool { return p.c.TxStatus() != 'I' }

// run sends the calls as one pipeline and fills in their answers. Every call
// behind one that PostgreSQL refused has errSkipped. An error of run itself
// means that the connection is lost; then calls may or may not have answers.
func (p *pgConn) run(calls []*call) error {
	ctx, cancel := context.WithTimeout(context.Background(), p.patience)
	defer cancel()
	return p.runContext(ctx, calls)
}

func (p *pgConn) runContext(ctx context.Context, calls []*call) error {
	if err := p.prepare(ctx, calls); err != nil {
		return err
	}
	pipe := p.c.StartPipeline(ctx)
	sent := make([]*call, 0, len(calls))
	for _, c := range calls {
		if c.err == nil && p.send(pipe, c) {
			sent = append(sent, c)
		}
	}
	if err := pipe.Sync(); err != nil {
		return p.lost(pipe, err)
	}
	for i, c := range sent {
		err := c.receive(pipe)
		if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
			c.err = pg
			skip(sent[i+1:])
			break
		}
		if err != nil {
			return p.lost(pipe, err)
		}
	}
	return p.end(pipe)
}

func skip(calls []*call) {
	for _, c := range calls {
		if c.err == nil {
			c.err = errSkipped
		}
	}
}

// end waits for the server's word that it is ready again.
func (p *pgConn) end(pipe *pgconn.Pipeline) error {
	err := pipe.Close()
	if _, ok := errors.AsType[*pgconn.PgError](err); ok && !p.c.IsClosed() {
		return nil // a call has it already
	}
	if err != nil {
		return unavailable(err)
	}
	return nil
}

func (p *pgConn) lost(pipe *pgconn.Pipeline, err error) error {
	_ = pipe.Close()
	return unavailable(err)
}

// prepare makes sure that the connection knows every text. One that PostgreSQL
// refuses spoils its own call only.
func (p *pgConn) prepare(ctx context.Context, calls []*call) error {
	if len(p.stmts) >= statementCache {
		if err := p.forget(ctx); err != nil {
			return err
		}
	}
	for _, c := range calls {
		if _, ok := p.stmts[c.sql]; ok || c.err != nil {
			continue
		}
		p.prepared++
		sd, err := p.c.Prepare(ctx, "s"+strconv.Itoa(p.prepared), c.sql, nil)
		if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
			c.err = pg
			if p.c.IsClosed() {
				return unavailable(err)
			}
			if p.c.TxStatus() == 'E' {
				skip(calls)
				return nil
			}
			continue
		}
		if err != nil {
			return unavailable(err)
		}
		p.stmts[c.sql] = sd
	}
	return nil
}

func (p *pgConn) forget(ctx context.Context) error {
	clear(p.stmts)
	if _, err := p.c.Exec(ctx, "DEALLOCATE ALL").ReadAll(); err != nil {
		return unavailable(err)
	}
	return nil
}

// send puts a call into the pipeline, once for each row of arguments. It reports
// false when nothing was sent because the arguments do not fit.
func (p *pgConn) send(pipe *pgconn.Pipeline, c *call) bool {
	sd, ok := p.stmts[c.sql]
	if !ok {
		c.err = errSkipped
		return false
	}
	if c.params != nil {
		pipe.SendQueryStatement(sd, c.params, c.formats, nil)
		return true
	}
	params := make([][][]byte, len(c.args))
	formats := make([][]int16, len(c.args))
	for i, args := range c.args {
		if params[i], formats[i], c.err = encodeAll(c.sql, args, sd.ParamOIDs); c.err != nil {
			return false
		}
	}
	results := resultFormats(sd.Fields)
	for i := range params {
		pipe.SendQueryStatement(sd, params[i], formats[i], results)
	}
	return true
}

// receive reads the answers of a call.
func (c *call) receive(pipe *pgconn.Pipeline) error {
	c.changed = make([]int64, len(c.args))
	for i := range c.args {
		got, err := pipe.GetResults()
		if err != nil {
			return err
		}
		rr, ok := got.(*pgconn.ResultReader)
		if !ok {
			return fmt.Errorf("db: expected rows from the server, got %T", got)
		}
		for rr.NextRow() {
			if err := c.collect(rr); err != nil {
				return err
			}
		}
		tag, err := rr.Close()
		if err != nil {
			return err
		}
		if tag.Insert() || tag.Update() || tag.Delete() || strings.HasPrefix(tag.String(), "MERGE") {
			c.changed[i] = tag.RowsAffected()
		}
		c.tag = tag.String()
	}
	c.done = true
	return nil
}

func (c *call) collect(rr *pgconn.ResultReader) error {
	if c.want == wantCount || c.want == wantOne && len(c.rows) > 0 {
		return nil
	}
	row, err := decodeRow(rr.FieldDescriptions(), rr.Values())
	c.rows = append(c.rows, row)
	return err
}

package intake

import (
	"context"
	"errors"
	"io"
)

// Feed cuts what a parser gives into batches.
type Feed[E any] struct {
	Size     int                            // entries in a batch, about
	Together func(last, next E) bool        // keeps neighbors in one batch; may be nil
	Progress func(rows int64, offset int64) // called after each batch; may be nil
	File     *Reader                        // says how far the parser is
}

// Run takes entries from next until it answers io.EOF, and hands them to write in
// batches, on another goroutine and in their order. It ends when either fails or ctx is over.
func (f Feed[E]) Run(ctx context.Context, next func() (E, error), write func([]E) error) error {
	pipe := newPipeline(write)
	err := f.pump(ctx, next, pipe)
	if werr := pipe.close(); werr != nil {
		return werr
	}
	return err
}

func (f Feed[E]) pump(ctx context.Context, next func() (E, error), pipe *pipeline[E]) error {
	var batch []E
	for rows := int64(1); ; rows++ {
		e, err := next()
		if errors.Is(err, io.EOF) {
			return pipe.send(batch)
		}
		if err != nil {
			return err
		}
		if len(batch) >= f.Size && (f.Together == nil || !f.Together(batch[len(batch)-1], e)) {
			if err := pipe.send(batch); err != nil {
				return err
			}
			batch = nil
			if f.Progress != nil {
				f.Progress(rows, f.File.Offset())
			}
		}
		batch = append(batch, e)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

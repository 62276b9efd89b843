package movein

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/countersign-auth/countersign/internal/fault"
)

// maxRow bounds one row, in bytes.
const maxRow = 64 << 10

// source gives the rows of a file, and io.EOF behind the last one. What is wrong with
// one row is in the record; any other error ends the file.
type source interface {
	next() (*record, error)
}

// fileFault says why a file cannot be read on.
func fileFault(reason string, args ...any) error {
	return fault.Invalidf("movein.file", "The file cannot be imported: "+reason, args...)
}

// open recognizes the form of a file.
func open(r io.Reader) (source, error) {
	in := bufio.NewReaderSize(r, maxRow)
	head, err := in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		if _, err := in.Discard(3); err != nil {
			return nil, err
		}
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return nil, fileFault("it is UTF-16; save it as UTF-8.")
	}
	first, err := firstSign(in)
	switch {
	case errors.Is(err, io.EOF):
		return nil, fileFault("it is empty.")
	case err != nil:
		return nil, err
	case first == '[':
		return nil, fileFault("it is one list of JSON; write one object a line, with jq -c '.[]' for example.")
	case first == '{':
		return &lines{in: in}, nil
	}
	return newCSV(in)
}

// firstSign returns the first byte that is no white space, and leaves it unread.
func firstSign(in *bufio.Reader) (byte, error) {
	for {
		b, err := in.ReadByte()
		if err != nil {
			return 0, err
		}
		if b != ' ' && b != '\t' && b != '\r' && b != '\n' {
			return b, in.UnreadByte()
		}
	}
}

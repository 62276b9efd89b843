package pskc

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"regexp"
)

// CSVReader reads the "OATH CSV" files that vendors and servers exchange. There
// is no standard for them; these forms are read:
//
//	serial,key,type[,digits[,step[,hash]]]        type is hotp or totp
//	serial,key,ocra,suite
//	# version: 2                                  then every row begins with
//	user,resolver,realm,serial,key,type,...
//	serial,key,type,digits,step,hash,user,…       a header line names the columns
//
// The key is hexadecimal. A byte order mark, CRLF, blank lines, comments that
// begin with "#" and quoted fields are accepted; a field never spans lines. A
// CSVReader is not safe for concurrent use.
type CSVReader struct {
	in      *bufio.Reader
	opts    Options
	line    int
	offset  int64
	row     int
	columns columns
	failed  error
	pending []byte
	fields  []string
	strings map[string]string
}

// maxCSVLine bounds one row.
const maxCSVLine = 8 << 10

// NewCSVReader reads what stands before the first row: a byte order mark,
// comments with a version, a header line.
func NewCSVReader(r io.Reader, opts Options) (*CSVReader, error) {
	limit := opts.MaxBytes
	if limit == 0 {
		limit = defaultMaxBytes
	}
	c := &CSVReader{in: bufio.NewReaderSize(&limitReader{r, limit}, maxCSVLine), opts: opts, columns: columnsV1(), strings: map[string]string{}}
	if err := c.begin(); err != nil {
		return nil, c.fail(err)
	}
	return c, nil
}

// limitReader fails, where io.LimitReader would end in silence.
type limitReader struct {
	r    io.Reader
	left int64
}

func (l *limitReader) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, because(ErrLimit, "the file is too large")
	}
	return n, err
}

func (c *CSVReader) begin() error {
	head, err := c.in.Peek(maxCSVLine / 2)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := Detect(head).readable(FormatCSV); err != nil {
		return err
	}
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		c.offset = 3
		if _, err := c.in.Discard(3); err != nil {
			return err
		}
	}
	first, err := c.readLine()
	var row *RowError
	if errors.As(err, &row) {
		err = row.Err
	}
	if errors.Is(err, io.EOF) {
		return ErrEmpty
	} else if err != nil {
		return err
	}
	return c.header(first)
}

// header takes the first line if it names columns, and keeps it as a row if not.
func (c *CSVReader) header(first []byte) error {
	fields, err := c.split(first)
	if err == nil {
		cols, is, err := columnsOf(fields)
		if err != nil {
			return err
		}
		if is {
			c.columns = cols
			return nil
		}
	}
	c.pending = first
	return nil
}

// Offset returns how many octets were read so far, for progress bars.
func (c *CSVReader) Offset() int64 { return c.offset }

// Next returns the next row as a key package. See [Source] for its errors.
func (c *CSVReader) Next() (*KeyPackage, error) {
	if c.failed != nil {
		return nil, c.failed
	}
	p, err := c.next()
	var row *RowError
	if err != nil && !errors.As(err, &row) {
		c.failed = c.fail(err)
		return nil, c.failed
	}
	return p, err
}

func (c *CSVReader) next() (*KeyPackage, error) {
	start := c.offset
	line := c.pending
	if c.pending = nil; line == nil {
		var err error
		if line, err = c.readLine(); err != nil {
			if errors.Is(err, io.EOF) && c.row == 0 {
				return nil, ErrEmpty
			}
			return nil, err
		}
	} else {
		start = 0
	}
	c.row++
	p := &KeyPackage{Row: c.row, Line: c.line, Offset: start}
	fields, err := c.split(line)
	if err == nil {
		err = c.fill(p, fields)
	}
	switch {
	case err == nil:
		return p, nil
	case errors.Is(err, ErrHashUnknown):
		return nil, err
	}
	return nil, c.rowError(p, err)
}

func (c *CSVReader) rowError(p *KeyPackage, err error) error {
	return &RowError{
		Row: p.Row, Line: p.Line, Offset: p.Offset,
		Manufacturer: p.Device.Manufacturer, Serial: p.Device.SerialNo,
		KeyID: p.Key.ID, Algorithm: p.Key.Algorithm, Err: err,
	}
}

func (c *CSVReader) fail(err error) error {
	var f *FileError
	if errors.Is(err, io.EOF) || errors.As(err, &f) {
		return err
	}
	return &FileError{Line: c.line, Offset: c.offset, Err: err}
}

// readLine returns the next line that is neither blank nor a comment, without
// its end. It is valid until the next call.
func (c *CSVReader) readLine() ([]byte, error) {
	for {
		line, err := c.in.ReadSlice('\n')
		c.offset += int64(len(line))
		if len(line) > 0 {
			c.line++
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			return nil, c.tooLong()
		}
		if err != nil && (len(line) == 0 || !errors.Is(err, io.EOF)) {
			return nil, err
		}
		line = trim(line)
		switch {
		case len(line) == 0:
		case line[0] == '#':
			if err := c.comment(string(line)); err != nil {
				return nil, err
			}
		default:
			return line, nil
		}
	}
}

// tooLong skips the rest of a line that is longer than any row may be.
func (c *CSVReader) tooLong() error {
	for {
		rest, err := c.in.ReadSlice('\n')
		c.offset += int64(len(rest))
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		c.row++
		return c.rowError(&KeyPackage{Row: c.row, Line: c.line, Offset: c.offset},
			because(ErrLimit, "the line is longer than %d octets", maxCSVLine))
	}
}

// comment takes the version from a line such as "# version: 2".
func (c *CSVReader) comment(line string) error {
	m := regexp.MustCompile(`(?i)^#\s*version\s*:\s*(\d+)\s*$`).FindStringSubmatch(line)
	switch {
	case m == nil || c.row > 0:
	case m[1] == "1":
		c.columns = columnsV1()
	case m[1] == "2":
		c.columns = columnsV2()
	default:
		return because(ErrVersion, "version %s of OATH CSV is not known", m[1])
	}
	return nil
}

package db

import (
	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
)

// logSystem is the name under which SQLite finds logFiles.
const logSystem = "countersign"

// logFiles opens files as the operating system has them, but the write-ahead
// log as a logFile.
type logFiles struct{ vfs.VFS }

// OpenFilename implements vfs.VFSFilename.
func (s logFiles) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, out, err := vfsutil.WrapOpenFilename(s.VFS, name, flags)
	if err != nil || flags&vfs.OPEN_WAL == 0 {
		return f, out, err
	}
	return &logFile{File: f}, out, nil
}

// logBuffer is how much of the log is held back at most: about what a group of
// 64 logins writes.
const logBuffer = 1 << 20

// logFile is the write-ahead log of one connection. SQLite appends a commit to it
// in two small writes a page; here they are held back, and one system call writes
// them when SQLite asks for the flush that makes the commit durable.
//
// Nobody can miss what is held back. Other connections learn of pages in the log
// only after that flush, because every connection is opened with synchronous=FULL;
// and this one writes before it reads.
type logFile struct {
	vfs.File
	held []byte
	at   int64 // offset of held in the file
}

// WriteAt implements io.WriterAt.
func (f *logFile) WriteAt(p []byte, off int64) (int, error) {
	if off != f.at+int64(len(f.held)) || len(f.held)+len(p) > logBuffer {
		if err := f.write(); err != nil {
			return 0, err
		}
		f.at = off
	}
	f.held = append(f.held, p...)
	return len(p), nil
}

// write lets go of what is held, whatever becomes of it: after an error SQLite
// rolls back, and the next commit overwrites its place.
func (f *logFile) write() error {
	if len(f.held) == 0 {
		return nil
	}
	_, err := f.File.WriteAt(f.held, f.at)
	f.at += int64(len(f.held))
	f.held = f.held[:0]
	if err != nil {
		return vfs.SystemError(err, sqlite3.IOERR_WRITE) // whatever SQLite had asked for, a write is what failed
	}
	return nil
}

// ReadAt implements io.ReaderAt.
func (f *logFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.write(); err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, off)
}

// Sync implements vfs.File.
func (f *logFile) Sync(flags vfs.SyncFlag) error {
	if err := f.write(); err != nil {
		return err
	}
	return f.File.Sync(flags)
}

// Truncate implements vfs.File.
func (f *logFile) Truncate(size int64) error {
	if err := f.write(); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

// Size implements vfs.File.
func (f *logFile) Size() (int64, error) {
	if err := f.write(); err != nil {
		return 0, err
	}
	return f.File.Size()
}

// Close implements io.Closer. What is still held was never flushed and so never
// promised.
func (f *logFile) Close() error { return f.File.Close() }

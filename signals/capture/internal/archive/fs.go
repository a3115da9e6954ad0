package archive

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
)

// FS is a read-only file system of the members of an archive. Once it is sealed
// it never changes, so that any number of readers may share it.
type FS struct {
	Tree *tree
	top  string // the folder within the tree that is its root
}

var (
	_ fs.ReadDirFS = (*FS)(nil)
	_ fs.StatFS    = (*FS)(nil)
	_ fs.SubFS     = (*FS)(nil)
)

type tree struct {
	nodes map[string]*node // by path in lower case
	data  *chunks
	Cut   bool // members may be missing
}

// node is a file or a folder, and its own fs.FileInfo and fs.DirEntry.
type node struct {
	path     string
	mtime    time.Time
	size     int64
	data     held
	err      error // why a file cannot be read
	dir      bool
	children []fs.DirEntry // by name once sealed
}

func newTree(data *chunks) *tree {
	return &tree{nodes: map[string]*node{".": {path: ".", dir: true}}, data: data}
}

// clash says why no file of a valid path can be added, "" when it can.
func (t *tree) clash(name string) string {
	if n := t.nodes[fold(name)]; n != nil {
		switch {
		case n.path != name:
			return "differs from " + message.Show(n.path) + " in upper and lower case alone"
		case n.dir:
			return "is a folder, too"
		}
		return "is there twice; the first one is taken"
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		switch n := t.nodes[fold(dir)]; {
		case n == nil:
		case n.path != dir:
			return "is in a folder that differs from " + message.Show(n.path) + " in upper and lower case alone"
		case !n.dir:
			return "is in a folder that is a file, too"
		default:
			return ""
		}
	}
	return ""
}

// add puts a file, and the folders above it, which clash has nothing against.
// It returns how many nodes that made, and the bytes of their names.
func (t *tree) add(n *node) (nodes, names int) {
	for {
		t.nodes[fold(n.path)] = n
		nodes++
		names += len(n.path)
		dir := path.Dir(n.path)
		parent := t.nodes[fold(dir)]
		if parent != nil {
			parent.children = append(parent.children, n)
			return nodes, names
		}
		n = &node{path: dir, dir: true, children: []fs.DirEntry{n}}
	}
}

// fold makes names equal that are the same file where case does not matter.
func fold(name string) string { return strings.ToLower(name) }

// seal sorts the folders. Nothing is added afterwards.
func (t *tree) seal() *FS {
	for _, n := range t.nodes {
		slices.SortFunc(n.children, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	}
	return &FS{Tree: t, top: "."}
}

func (f *FS) find(op, name string) (*node, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	full := path.Join(f.top, name)
	n := f.Tree.nodes[fold(full)]
	if n == nil || n.path != full {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return n, nil
}

func (f *FS) Open(name string) (fs.File, error) {
	n, err := f.find("open", name)
	if err != nil {
		return nil, err
	}
	if n.dir {
		return &memberDir{node: n, path: name}, nil
	}
	return &memberFile{heldReader: f.Tree.data.open(n.data), node: n, path: name}, nil
}

func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := f.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if !n.dir {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errNoFolder}
	}
	return slices.Clone(n.children), nil
}

func (f *FS) Stat(name string) (fs.FileInfo, error) {
	n, err := f.find("stat", name)
	if err != nil {
		return nil, err
	}
	return n, nil
}

// Sub is the file system of a folder.
func (f *FS) Sub(dir string) (fs.FS, error) {
	n, err := f.find("sub", dir)
	switch {
	case err != nil:
		return nil, err
	case !n.dir:
		return nil, &fs.PathError{Op: "sub", Path: dir, Err: errNoFolder}
	}
	return &FS{Tree: f.Tree, top: n.path}, nil
}

var (
	errFolder   = errors.New("is a directory")
	errNoFolder = errors.New("not a directory")
)

func (n *node) Name() string               { return path.Base(n.path) }
func (n *node) Size() int64                { return n.size }
func (n *node) ModTime() time.Time         { return n.mtime }
func (n *node) IsDir() bool                { return n.dir }
func (n *node) Sys() any                   { return nil }
func (n *node) Type() fs.FileMode          { return n.Mode().Type() }
func (n *node) Info() (fs.FileInfo, error) { return n, nil }
func (n *node) String() string             { return fs.FormatDirEntry(n) }

func (n *node) Mode() fs.FileMode {
	if n.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

// memberFile reads a member from its beginning to its end.
type memberFile struct {
	*heldReader
	node   *node
	path   string
	closed bool
}

func (f *memberFile) Stat() (fs.FileInfo, error) {
	if f.closed {
		return nil, &fs.PathError{Op: "stat", Path: f.path, Err: fs.ErrClosed}
	}
	return f.node, nil
}

func (f *memberFile) Read(p []byte) (int, error) {
	err := f.node.err
	if f.closed {
		err = fs.ErrClosed
	}
	if err != nil {
		return 0, &fs.PathError{Op: "read", Path: f.path, Err: err}
	}
	return f.heldReader.Read(p)
}

func (f *memberFile) Close() error {
	if f.closed {
		return &fs.PathError{Op: "close", Path: f.path, Err: fs.ErrClosed}
	}
	f.closed = true
	f.heldReader.Close()
	return nil
}

// memberDir hands out the entries of a folder, each once.
type memberDir struct {
	node *node
	path string
	next int
}

func (d *memberDir) Stat() (fs.FileInfo, error) { return d.node, nil }
func (d *memberDir) Close() error               { return nil }

func (d *memberDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.path, Err: errFolder}
}

// ReadDir is that of fs.ReadDirFile.
func (d *memberDir) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := d.node.children[d.next:]
	if n > 0 {
		if len(rest) == 0 {
			return nil, io.EOF
		}
		rest = rest[:min(n, len(rest))]
	}
	d.next += len(rest)
	return slices.Clone(rest), nil
}

package archive

import (
	"io/fs"
	"path"
	"strings"
)

// Only is the same file system with one file and its companions, or one folder,
// and the capture.yaml at its root; false when the archive has no such name.
// The name is one in the archive, whichever folder of it is the root.
func (f *FS) Only(name string) (*FS, bool) {
	name = path.Clean(name)
	whole := &FS{Tree: f.Tree, top: "."}
	if n, err := whole.find("stat", name); err != nil || n.path == "." {
		return f, err == nil
	}
	base := path.Base(name)
	stem := strings.TrimSuffix(base, path.Ext(base))
	kept := func(full string) bool {
		if path.Dir(full) == path.Dir(name) {
			switch rest := path.Base(full); rest {
			case base, base + ".headers", base + ".err", stem + ".headers", stem + ".err":
				return true
			}
		}
		return strings.HasPrefix(full, name+"/") || strings.HasPrefix(name, full+"/") || full == path.Join(f.top, "capture.yaml")
	}
	t := &tree{nodes: map[string]*node{}, data: f.Tree.data, Cut: f.Tree.Cut}
	for key, n := range f.Tree.nodes {
		if n.path != "." && !kept(n.path) {
			continue
		}
		c := *n
		c.children = nil
		t.nodes[key] = &c
	}
	for key, n := range f.Tree.nodes {
		to := t.nodes[key]
		if to == nil {
			continue
		}
		for _, child := range n.children {
			if k := t.nodes[fold(path.Join(n.path, child.Name()))]; k != nil {
				to.children = append(to.children, fs.DirEntry(k))
			}
		}
	}
	return &FS{Tree: t, top: f.top}, true
}

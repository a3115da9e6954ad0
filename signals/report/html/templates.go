package html

import (
	"embed"
	"html/template"
)

//go:embed *.tmpl
var templateFiles embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{"text": Text}).ParseFS(templateFiles, "*.tmpl"))

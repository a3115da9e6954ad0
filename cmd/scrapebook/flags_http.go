package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"

	"github.com/prometheus/common/config"
)

// clientOf is an HTTP client as a file says in the form that a server's
// configuration has for it; without a file the default one. Paths in the file
// are relative to it.
func clientOf(file, name string) (*http.Client, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--http-config: %w", err)
	}
	conf, err := config.LoadHTTPConfig(string(text))
	if err != nil {
		return nil, fmt.Errorf("--http-config %s: %s", file, inBackquotes.ReplaceAllString(err.Error(), "`…`"))
	}
	conf.SetDirectory(filepath.Dir(file))
	client, err := config.NewClientFromConfig(*conf, name, config.WithUserAgent(agent()))
	if err != nil {
		return nil, fmt.Errorf("--http-config %s: %w", file, err)
	}
	return client, nil
}

// inBackquotes is a value in an error of YAML: it may be a secret.
var inBackquotes = regexp.MustCompile("`[^`]*`")

// agent is our User-Agent.
func agent() string {
	if v := ownVersion(); v != "" {
		return "scrapebook/" + v
	}
	return "scrapebook"
}

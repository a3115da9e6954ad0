//go:build !man

package main

import "github.com/spf13/cobra"

// manCommands is there with the build tag man alone: what writes man pages
// makes the command larger, and is of use once.
func manCommands() []*cobra.Command { return nil }

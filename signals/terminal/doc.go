// Package terminal makes text that came from files fit for a terminal: it
// cannot steer it, and its lines are as wide as they are said to be. Its JSON
// is what programs read, and safe to look at.
package terminal

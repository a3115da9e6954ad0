// Package oracle holds the tests that compare package histogram with PromQL's
// own functions and engine. It is empty otherwise.
package oracle

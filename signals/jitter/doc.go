// Package jitter tells which verdicts on alerting rules are a matter of luck:
// it replays a capture again with other phases of evaluation, with scrapes
// lost, and with `for` a step longer or shorter, and says which alerts then
// fire that did not, or no longer fire. Nothing is estimated: each line is what
// replays came to, and names them, so that each can be repeated by itself.
//
// With N there are these trials:
//
//   - N phases, spread over an interval: of a group with an interval of 10s and
//     N = 5 the first evaluation is 0s, 2s, 4s, 6s or 8s after the first round
//     of scrapes. A server's own phase is a hash, which no file tells.
//   - N times each N-th scrape of every target lost, so that each scrape is lost
//     once: those numbered 1, N+1, 2N+1, …, then 2, N+2, and so on. A lost scrape
//     is a missing one, see ingest.Options.Gaps.
//   - `for` an interval longer, and an interval shorter but not below 0.
//
// Groups of different intervals have trials of their own for phases and `for`.
// Of label sets that templates make the labels with a template are not
// compared, since they may hold a value.
package jitter

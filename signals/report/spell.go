package report

// Number spells a value in three significant digits, as Text does.
func Number(v float64) string { return number(v) }

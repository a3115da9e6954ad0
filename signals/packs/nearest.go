package packs

// nearest is the name that may be meant by word, "" when none is alike.
func nearest(word string, names []string) string {
	best, at := "", len(word)/2+1
	for _, n := range names {
		if d := distance(word, n); d < at || d == at && best == "" && d <= 2 {
			best, at = n, d
		}
	}
	return best
}

// distance is Levenshtein's, over bytes.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return max(len(a), len(b))
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

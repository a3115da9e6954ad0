package main

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// size is a flag's value in bytes: 512MiB, 2GB, 1000. As in Prometheus' own
// flags KB and KiB are both 1024 bytes.
type size int64

func (s *size) String() string {
	if *s == 0 {
		return ""
	}
	return strconv.FormatInt(int64(*s), 10)
}

func (s *size) Type() string { return "SIZE" }

func (s *size) Set(text string) error {
	number := strings.TrimRight(strings.ToUpper(text), "IB")
	shift := 0
	if i := strings.IndexByte("KMGT", last(number)); i >= 0 {
		number, shift = number[:len(number)-1], 10*(i+1)
	}
	n, err := strconv.ParseFloat(number, 64)
	n = math.Ldexp(n, shift)
	if err != nil || !(n >= 1 && n < math.MaxInt64) {
		return errors.New("write a number of bytes above 0, such as 512MiB or 2GB")
	}
	*s = size(n)
	return nil
}

func last(s string) byte {
	if s == "" {
		return 0
	}
	return s[len(s)-1]
}

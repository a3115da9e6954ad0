// Package rulelint checks rule files: whether Prometheus loads them, rules that
// stand twice, files that hold none, and, against a capture, selectors that
// match nothing there.
//
//	result := &rulelint.Result{}
//	result.Add("alerts.yml", data, rules.ParseOptions{})
//	result.FindDuplicates()
//	result.Against("./capture", loaded.Store)
//	err := rulelint.Text{}.Report(os.Stdout, result)
//
// The result is a plain struct; Text, JSON, GitHub and SARIF write it.
package rulelint

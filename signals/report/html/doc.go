// Package html shows results as pages: the views of a report that can be sent
// as one file, and of the live page of signals/serve. Both are made by the same
// functions, each from plain data to HTML.
//
// A view is a function or a struct's HTML method that returns template.HTML: a
// fragment without html, head or body, which may stand in any Section. A
// Document puts sections into a whole page:
//
//	doc := html.Document{
//		Title:    "incident",
//		Nav:      []html.Link{{Name: "Alerts", Href: "/alerts", Current: true}},
//		Sections: []html.Section{{ID: "alerts", Title: "Alerts", Body: view}},
//		Style:    "/style.css",    // what StyleSheet returns is served there
//		Scripts:  []string{"/explore.js"},
//	}
//	err := doc.Write(w)
//
// Without Style the document is a file that needs nothing else: its styles
// stand in it, a policy in its head allows these alone, and it has no script.
//
// What holds of every fragment, so that it can stand under the policy
// default-src 'none'; style-src 'self':
//
//   - No style or script is inline: no style, no on… attribute. Pictures are SVG
//     by presentation attributes and by classes of the style sheet.
//   - All text is put in by html/template, and passes Text first: it is valid
//     UTF-8, cannot turn the direction of a line round, and is cut where it is
//     longer than a page can show. HTML of one's own is made the same way, and
//     never by joining strings.
//   - Nothing is told by colour alone: what differs in colour differs in height,
//     in its dashes or in a word.
//   - Each chart has a name for screen readers, and a table of the same.
//
// # Charts
//
// Chart draws lines over time. A script that wants the value under the pointer
// finds in it
//
//	svg.plot[data-start][data-end]   times of the left and the right edge, in ms
//	svg.plot[data-low][data-high]    values of the lower and the upper edge
//	svg.plot path[data-line]         the number of a line, from 0
//	table.legend tr[data-line]       its row, whose th is its name
//
// The inner svg has the viewBox "0 0 1000 200" and is stretched over the
// outer one: a point's time is start + x/1000·(end-start), its value is
// high - y/200·(high-low). The points stand in the path's d, as M and L with
// absolute numbers.
package html

package main

// pageFormats are what --format takes where a result can be a page as well.
var pageFormats = []string{"text", "json", "markdown", "html"}

// formatUsage tells of them.
const formatUsage = "`FORMAT` of the result: text, json, markdown for pull requests and chats, or html: one page to send and to print"

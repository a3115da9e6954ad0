// Nothing but permission: with a .s file in the package, link_test.go may
// declare a function that it does not define.

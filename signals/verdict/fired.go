package verdict

// firedKinds are the findings of rules that fired, or recorded, in the order in
// which the first that holds decides.
var firedKinds []kind

package verdict

// noteKinds are the findings that may follow any other.
var noteKinds []kind

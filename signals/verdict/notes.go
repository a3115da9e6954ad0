package verdict

// noteKinds are the findings that may follow any other.
var noteKinds []kind

func init() { // some ask for the findings of other rules
	noteKinds = []kind{
		{TemplateFails, templateFails},
		{LabelsLost, labelsLost},
		{MaskedArm, maskedArms},
	}
}

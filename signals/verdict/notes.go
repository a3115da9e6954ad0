package verdict

// noteKinds are the findings that may follow any other.
var noteKinds []kind

func init() { // some ask for the findings of other rules
	noteKinds = []kind{
		{TypeMisuse, typeMisuse},
		{PartlyBlind, partlyBlind},
		{Coarse, coarse},
		{TemplateFails, templateFails},
		{LabelsLost, labelsLost},
		{Order, order},
		{MaskedArm, maskedArms},
		{Step, step},
	}
}

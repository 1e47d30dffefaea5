"""Norm samples: traits of many people, to check rule bases against and to fit new ones."""

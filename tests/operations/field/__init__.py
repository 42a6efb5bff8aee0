"""Stories of faults and of engineers on site."""

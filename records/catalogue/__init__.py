"""The catalogue: universities, majors, plan versions with their courses, groups and replacements."""

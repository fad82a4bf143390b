package org.jmoe.view;

import org.jmoe.testing.ArchitectureRules;

final class ArchitectureTest extends ArchitectureRules {}

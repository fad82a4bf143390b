package org.jmoe;

import org.jmoe.testing.ArchitectureRules;

final class ArchitectureTest extends ArchitectureRules {}

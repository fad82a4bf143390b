package org.jmoe.experts;

import org.jmoe.testing.ArchitectureRules;

final class ArchitectureTest extends ArchitectureRules {}

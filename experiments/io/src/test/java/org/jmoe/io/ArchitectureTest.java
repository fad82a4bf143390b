package org.jmoe.io;

import org.jmoe.testing.ArchitectureRules;

final class ArchitectureTest extends ArchitectureRules {}

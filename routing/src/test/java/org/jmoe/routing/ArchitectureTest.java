package org.jmoe.routing;

import org.jmoe.testing.ArchitectureRules;

final class ArchitectureTest extends ArchitectureRules {}

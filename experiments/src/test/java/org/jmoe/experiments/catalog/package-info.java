@org.jspecify.annotations.NullMarked
package org.jmoe.experiments.catalog;

/** Published results as experiments that anyone can rerun: one class each, and what they share. */
@NullMarked
package org.jmoe.experiments.catalog;

import org.jspecify.annotations.NullMarked;

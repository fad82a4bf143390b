/** Notebooks run, and their values show in every kernel. */
@NullMarked
package org.jmoe.experiments.notebook;

import org.jspecify.annotations.NullMarked;

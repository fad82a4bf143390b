/** Notebooks run, and their values show in every kernel. */
@NullMarked
package org.jmoe.app.notebook;

import org.jspecify.annotations.NullMarked;

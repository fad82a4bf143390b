/** Runs and experiments as JSON for the page, read from their files. */
@NullMarked
package org.jmoe.view.data;

import org.jspecify.annotations.NullMarked;

/** Tests of notebooks and of their display. */
@NullMarked
package org.jmoe.app.notebook;

import org.jspecify.annotations.NullMarked;

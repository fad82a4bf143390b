/**
 * Values as tables and pictures in a notebook, whatever its kernel; as text where there is no
 * kernel.
 */
@NullMarked
package org.jmoe.app.notebook;

import org.jspecify.annotations.NullMarked;

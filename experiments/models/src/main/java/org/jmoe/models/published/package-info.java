/** The model families that jmoe brings, one family per file. */
@NullMarked
package org.jmoe.models.published;

import org.jspecify.annotations.NullMarked;

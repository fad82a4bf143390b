/** Building blocks with parameters: shapes checked, weights seeded by name. */
@NullMarked
package org.jmoe.block;

import org.jspecify.annotations.NullMarked;

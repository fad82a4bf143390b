/** Published routing rules held against numbers from the systems that publish them. */
@NullMarked
package org.jmoe.app.route;

import org.jspecify.annotations.NullMarked;
